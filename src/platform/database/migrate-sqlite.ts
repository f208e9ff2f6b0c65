import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { type DoneRow, doneQuery, type MigrationTarget, migrate } from './migrate.js';
import { handleOf, setPragmas, whileBusy } from './sqlite.js';

const lockPatienceMs = 30_000;

/** Brings the SQLite file at `path`, which exists, up to the migrations in `folder`, as `migrate` promises. */
export async function migrateSqlite(path: string, folder: string): Promise<void> {
  await migrate(await whileBusy(() => connectSqlite(path), lockPatienceMs), folder);
}

async function connectSqlite(path: string): Promise<MigrationTarget> {
  const adapter = await new PrismaBetterSqlite3({ url: path, timeout: 2 }).connect();
  const handle = handleOf(adapter);
  try {
    // Foreign keys off, as in Prisma's scripts, where it has no effect inside our transaction: a table is changed by
    // dropping it after its copy, and with foreign keys its rows' dependents would go with it.
    setPragmas(handle, { journal_mode: 'wal', synchronous: 2, foreign_keys: 0 });
  } catch (error) {
    handle.close();
    throw error;
  }
  return {
    engine: 'sqlite',
    adapter,
    finished: () => whileBusy(async () => finishedInSqlite(adapter), lockPatienceMs),
    begin: () => whileBusy(async () => adapter.executeScript('BEGIN IMMEDIATE'), lockPatienceMs),
    async verify() {
      const broken = handle.pragma('foreign_key_check') as { table: string }[];
      if (broken[0]) throw new Error(`Migrating failed: rows of ${broken[0].table} would point nowhere.`);
    },
    close: () => adapter.dispose(),
  };
}

function finishedInSqlite(adapter: SqlDriverAdapter): DoneRow[] | null {
  const handle = handleOf(adapter);
  const listed = handle.prepare(`SELECT "name" FROM sqlite_master WHERE "name" NOT LIKE 'sqlite_%'`).all();
  const names = (listed as { name: string }[]).map(({ name }) => name);
  if (names.length === 0) return null;
  if (names.includes('_prisma_migrations')) return handle.prepare(doneQuery).all() as DoneRow[];
  throw new Error('DATABASE_URL: the SQLite file is not empty, and holds the tables of another program');
}
