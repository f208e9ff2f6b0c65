import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { type DoneRow, doneQuery, type MigrationTarget, migrate, requireMigrated } from './migrate.js';
import { blockingTimeoutMs, handleOf, setPragmas, whileBusy } from './sqlite.js';

/** Another process may be migrating: longer than its migrations take. */
const lockTimeoutMs = 30_000;

/** Brings the SQLite file at `path`, which exists, up to the migrations in `folder`, as `migrate` promises. */
export async function migrateSqlite(path: string, folder: string): Promise<void> {
  await migrate(await connectSqlite(path), folder);
}

/** Rejects the SQLite file at `path`, which exists, where it lacks one of the migrations in `folder`. Changes nothing. */
export async function requireMigratedSqlite(path: string, folder: string): Promise<void> {
  await requireMigrated(await connectSqlite(path), folder);
}

async function connectSqlite(path: string): Promise<MigrationTarget> {
  const adapter = await new PrismaBetterSqlite3({ url: path, timeout: blockingTimeoutMs }).connect();
  return {
    engine: 'sqlite',
    adapter,
    finished: () => whileBusy(async () => finishedInSqlite(adapter), lockTimeoutMs),
    begin: () => whileBusy(async () => beginSqlite(adapter), lockTimeoutMs),
    async verify() {
      const broken = handleOf(adapter).pragma('foreign_key_check') as { table: string }[];
      if (broken[0])
        throw new Error(`DATABASE_URL: migrating would leave rows of ${broken[0].table} without their parent`);
    },
    close: () => adapter.dispose(),
  };
}

/** Sets what is kept in the file here, and no earlier: a database of another program stays as it is. */
async function beginSqlite(adapter: SqlDriverAdapter): Promise<void> {
  // Foreign keys off, as in Prisma's scripts, where it has no effect inside our transaction: a table is changed by
  // dropping it after its copy, and with foreign keys its rows' dependents would go with it.
  setPragmas(handleOf(adapter), { journal_mode: 'wal', synchronous: 2, foreign_keys: 0 });
  await adapter.executeScript('BEGIN IMMEDIATE');
}

function finishedInSqlite(adapter: SqlDriverAdapter): DoneRow[] | null {
  const handle = handleOf(adapter);
  const listed = handle.prepare(`SELECT "name" FROM sqlite_master WHERE "name" NOT LIKE 'sqlite_%'`).all();
  const names = (listed as { name: string }[]).map(({ name }) => name);
  if (names.length === 0) return null;
  if (names.includes('_prisma_migrations')) return handle.prepare(doneQuery).all() as DoneRow[];
  throw new Error('DATABASE_URL: the SQLite file is not empty, and holds the tables of another program');
}
