import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverAdapterError, SqlDriverAdapter } from '@prisma/driver-adapter-utils';

type Engine = 'sqlite' | 'postgresql';

interface Migration {
  name: string;
  sql: string;
}

/** One connection, with what the two engines do differently on it. */
export interface MigrationTarget {
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

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const read = async (name: string) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') });
  return Promise.all(names.sort().map(read));
}

const notFinished = '"finished_at" IS NULL AND "rolled_back_at" IS NULL';
/** What is done, by the table that Prisma keeps as well. */
export const doneQuery =
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

async function applyMissing(target: MigrationTarget, migrations: Migration[]): Promise<void> {
  const provider = target.engine;
  const failure = namingFailures(target.adapter, migrations);
  const { openSchemaEngine } = await import('./schema-engine.js');
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
async function migrateInTransaction(target: MigrationTarget, migrations: Migration[]): Promise<void> {
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

/**
 * Brings the database behind `target` up to the migrations in `folder`, and closes the target. Several processes at once
 * do it once. Throws an Error that names the migration when its SQL fails, and leaves the database as it was.
 */
export async function migrate(target: MigrationTarget, folder: string): Promise<void> {
  try {
    const migrations = await readMigrations(folder);
    // The usual start: no lock, and no engine, whose loading takes longer than all else together.
    if (isComplete(await target.finished(), migrations)) return;
    await migrateInTransaction(target, migrations);
  } finally {
    await target.close();
  }
}
