import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { DriverAdapterError, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { isBusy } from './faults.js';
import { connectionSettings } from './postgresql.js';
import { openSchemaEngine } from './schema-engine.js';
import { handleOf, setPragmas, whileBusy } from './sqlite.js';

type Engine = 'sqlite' | 'postgresql';

interface Migration {
  name: string;
  sql: string;
}

/** One connection, with what the two engines do differently on it. */
interface Target {
  engine: Engine;
  /** All of its statements go through the one connection. */
  adapter: SqlDriverAdapter;
  /** The names that `_prisma_migrations` shows as done; null where there is no such table. */
  finished(): Promise<Set<string> | null>;
  /** Begins the transaction around everything; waits for whoever else is migrating. */
  begin(): Promise<void>;
  /** The last look before the commit; throws to prevent it. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

const lockPatienceMs = 30_000;
// Any number, as long as it stays: nodes of different releases must mean the same lock.
const advisoryLock = 7_141_592_653;

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const read = async (name: string) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') });
  return Promise.all(names.sort().map(read));
}

const notFinished = '"finished_at" IS NULL AND "rolled_back_at" IS NULL';
const doneQuery =
  'SELECT "migration_name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL';

/** Rows that a killed `prisma migrate` left: the engine would refuse to go on before them. */
const markUnfinished: Record<Engine, string> = {
  // In the engine's own format; it does not read SQLite's CURRENT_TIMESTAMP.
  sqlite: `UPDATE "_prisma_migrations" SET "rolled_back_at" = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now') WHERE ${notFinished}`,
  postgresql: `UPDATE "_prisma_migrations" SET "rolled_back_at" = now() WHERE ${notFinished}`,
};

/** Remembers the script that failed, since the engine's message is long and differs by engine. */
function namingFailures(adapter: SqlDriverAdapter, migrations: Migration[]): () => string | undefined {
  const execute = adapter.executeScript.bind(adapter);
  let failure: string | undefined;
  adapter.executeScript = async (script) => {
    try {
      await execute(script);
    } catch (error) {
      const name = migrations.find(({ sql }) => sql === script)?.name;
      const cause = (error as DriverAdapterError).cause as { originalMessage?: string } | undefined;
      if (name) failure ??= `Migration ${name} failed: ${cause?.originalMessage ?? (error as Error).message}`;
      throw error;
    }
  };
  return () => failure;
}

async function applyMissing(target: Target, migrations: Migration[]): Promise<void> {
  const provider = target.engine;
  const failure = namingFailures(target.adapter, migrations);
  const engine = await openSchemaEngine(target.adapter, `datasource db {\n  provider = "${provider}"\n}\n`);
  const lockfile = { path: 'migration_lock.toml', content: `provider = "${provider}"\n` };
  const migrationDirectories = migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
  }));
  const migrationsList = { baseDir: 'prisma/migrations', lockfile, shadowDbInitScript: '', migrationDirectories };
  try {
    await engine.applyMigrations({ migrationsList, filters: { externalTables: [], externalEnums: [] } });
  } catch (error) {
    throw new Error(failure() ?? `Migrating failed: ${(error as Error).message}`, { cause: error });
  } finally {
    engine.free();
  }
}

/** All or nothing: a process killed at any moment leaves no half of a migration, and no row that says "unfinished". */
async function migrateInTransaction(target: Target, migrations: Migration[]): Promise<void> {
  await target.begin();
  try {
    const finished = await target.finished();
    if (isComplete(finished, migrations)) return await target.adapter.executeScript('ROLLBACK');
    if (finished) await target.adapter.executeScript(markUnfinished[target.engine]);
    await applyMissing(target, migrations);
    await target.verify();
    await target.adapter.executeScript('COMMIT');
  } catch (error) {
    await rollBack(target.adapter);
    throw error;
  }
}

async function rollBack(adapter: SqlDriverAdapter): Promise<void> {
  try {
    await adapter.executeScript('ROLLBACK');
  } catch {
    // What was thrown before says more; and without a connection there is nothing left to roll back.
  }
}

function isComplete(finished: Set<string> | null, migrations: Migration[]): boolean {
  return finished !== null && migrations.every(({ name }) => finished.has(name));
}

async function migrate(target: Target, folder: string): Promise<void> {
  try {
    const migrations = await readMigrations(folder);
    // The usual start: no lock, and no engine, whose loading takes longer than all else together.
    if (isComplete(await target.finished(), migrations)) return;
    await migrateInTransaction(target, migrations);
  } finally {
    await target.close();
  }
}

/**
 * Brings the SQLite file at `path` up to the migrations in `folder`; several processes at once do it once. Throws an
 * Error that names the migration when its SQL fails, and leaves the database as it was.
 */
export async function migrateSqlite(path: string, folder: string): Promise<void> {
  await migrate(await whileBusy(() => connectSqlite(path), lockPatienceMs), folder);
}

async function connectSqlite(path: string): Promise<Target> {
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

/** As `migrateSqlite`, for the PostgreSQL database at `url`. */
export async function migratePostgresql(url: string, folder: string): Promise<void> {
  await migrate(await connectPostgresql(url), folder);
}

async function connectPostgresql(url: string): Promise<Target> {
  const pool = new pg.Pool({ ...connectionSettings(url), max: 1 });
  pool.on('error', () => undefined);
  const close = async (client?: pg.PoolClient) => {
    client?.release(true);
    await pool.end();
  };
  try {
    const client = await pool.connect();
    // Its loss fails the statement under way; without a listener it would end the process.
    client.on('error', () => undefined);
    const adapter = await oneConnection(pool, client);
    return {
      engine: 'postgresql',
      adapter,
      finished: () => finishedInPostgresql(client),
      begin: () => beginPostgresql(client),
      verify: () => Promise.resolve(),
      close: () => close(client),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * An adapter whose statements all go through `client`. A pool would drop a connection that answered an error, and go
 * on with a new one, outside the transaction.
 */
async function oneConnection(pool: pg.Pool, client: pg.PoolClient): Promise<SqlDriverAdapter> {
  pool.query = client.query.bind(client) as typeof pool.query;
  const adapter: SqlDriverAdapter = await new PrismaPg(pool).connect();
  // The adapter's own cuts the script at every semicolon, those inside a function's body too.
  adapter.executeScript = async (script) => {
    try {
      await client.query(script);
    } catch (error) {
      throw scriptError(error as pg.DatabaseError);
    }
  };
  return adapter;
}

function scriptError({ code, severity, message, detail, column, hint }: pg.DatabaseError): DriverAdapterError {
  const facts = { code: code ?? 'N/A', severity: severity ?? 'N/A', message, detail, column, hint };
  return new DriverAdapterError({ kind: 'postgres', ...facts, originalMessage: message });
}

async function finishedInPostgresql(client: pg.PoolClient): Promise<Set<string> | null> {
  // By a look and not by the error, which would end the transaction.
  const text = `SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS found`;
  const look = await client.query<{ found: boolean }>({ text, query_timeout: 4_000 } as pg.QueryConfig);
  if (!look.rows[0]?.found) return null;
  const done = await client.query<{ migration_name: string }>(doneQuery);
  return new Set(done.rows.map((row) => row.migration_name));
}

async function beginPostgresql(client: pg.PoolClient): Promise<void> {
  // No limit to a statement, since a migration may be long and others wait for it; but a node that freezes in the
  // middle must not hold the lock for ever.
  await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 60000');
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await client.query(`SELECT pg_advisory_xact_lock(${advisoryLock})`);
}
