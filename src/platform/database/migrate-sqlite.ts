import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { isBusy } from './faults.js';
import { doneQuery, type MigrationTarget, migrate } from './migrate.js';
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
  const execute = adapter.executeRaw.bind(adapter);
  // The engine's own lock: needless inside BEGIN IMMEDIATE, and it would shut readers out until we disconnect.
  adapter.executeRaw = (query) => (/locking_mode/.test(query.sql) ? Promise.resolve(0) : execute(query));
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

function finishedInSqlite(adapter: SqlDriverAdapter): Set<string> | null {
  try {
    const rows = handleOf(adapter).prepare(doneQuery).all() as { migration_name: string }[];
    return new Set(rows.map((row) => row.migration_name));
  } catch (error) {
    if (isBusy(error) || !/no such table/.test((error as Error).message)) throw error;
    return null;
  }
}
