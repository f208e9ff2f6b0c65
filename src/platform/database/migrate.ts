import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Engine = 'sqlite' | 'postgresql';

interface Migration {
  name: string;
  sql: string;
  /** Of the script as it is, first, and as a checkout with the other line ends would have it. */
  checksums: string[];
}

/** A row of `_prisma_migrations` that is done. It may be another application's. */
export interface DoneRow {
  migration_name: string;
  checksum: string;
}

/** One connection, with what the two engines do differently on it. */
export interface MigrationTarget {
  engine: Engine;
  /** Runs scripts of several statements on the one connection. */
  adapter: { executeScript(script: string): Promise<void> };
  /** What `doneQuery` answers; null where there is no `_prisma_migrations`. */
  finished(): Promise<DoneRow[] | null>;
  /** Begins the transaction around everything; waits for another process that is migrating. */
  begin(): Promise<void>;
  /** The last look before the commit; throws to prevent it. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
  const unix = sql.replaceAll('\r\n', '\n');
  return { name, sql, checksums: [sql, unix, unix.replaceAll('\n', '\r\n')].map(sha256) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

// ---- What is recorded, in Prisma's own table and format, so that its tools can be used beside -------------------------

/** What is done, ours and other applications'. */
export const doneQuery =
  'SELECT "migration_name", "checksum" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL';

const createTable: Record<Engine, string> = {
  sqlite: `CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`,
  postgresql: `CREATE TABLE "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`,
};

/** As Prisma writes it: it does not read SQLite's CURRENT_TIMESTAMP. */
function now(): string {
  return new Date().toISOString().replace('Z', '+00:00');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function record({ name, checksums: [checksum = ''] }: Migration, startedAt: string): string {
  const row = [randomUUID(), checksum, name, startedAt, now()].map(literal).join(', ');
  return `INSERT INTO "_prisma_migrations"
    ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count") VALUES (${row}, 1)`;
}

/** Rows of ours that a killed `prisma migrate` left, before which Prisma's tools would not go on. */
function markUnfinished(migrations: Migration[]): string {
  const ours = migrations.map(({ name, checksums }) => {
    const list = checksums.map(literal).join(', ');
    return `("migration_name" = ${literal(name)} AND "checksum" IN (${list}))`;
  });
  return `UPDATE "_prisma_migrations" SET "rolled_back_at" = ${literal(now())}
    WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL AND (${ours.join(' OR ')})`;
}

// ---- What is done ---------------------------------------------------------------------------------------------------

/** By name and checksum, since another application may have a migration of the same name in the same table. */
function missingFrom(finished: DoneRow[] | null, migrations: Migration[]): Migration[] {
  const isDone = ({ name, checksums }: Migration) =>
    finished?.some((row) => row.migration_name === name && checksums.includes(row.checksum));
  return migrations.filter((migration) => !isDone(migration));
}

async function apply({ adapter }: MigrationTarget, migration: Migration): Promise<void> {
  const startedAt = now();
  try {
    await adapter.executeScript(migration.sql);
  } catch (error) {
    throw new Error(`DATABASE_URL: migration ${migration.name} failed: ${reasonOf(error as Error)}`, { cause: error });
  }
  await adapter.executeScript(record(migration, startedAt));
}

/** Prisma's adapters keep the engine's own words aside. */
function reasonOf({ message, cause }: Error): string {
  return (cause as { originalMessage?: string } | undefined)?.originalMessage ?? message;
}

/** All or nothing: a process killed at any moment leaves no half of a migration, and no row that says "unfinished". */
async function migrateInTransaction(target: MigrationTarget, migrations: Migration[]): Promise<void> {
  const { adapter, engine } = target;
  await target.begin();
  try {
    const finished = await target.finished();
    const missing = missingFrom(finished, migrations);
    if (missing.length === 0) return await adapter.executeScript('ROLLBACK');
    await adapter.executeScript(finished ? markUnfinished(missing) : createTable[engine]);
    for (const migration of missing) await apply(target, migration);
    await target.verify();
    await adapter.executeScript('COMMIT');
  } catch (error) {
    await rollBack(target);
    throw error;
  }
}

async function rollBack({ adapter }: MigrationTarget): Promise<void> {
  try {
    await adapter.executeScript('ROLLBACK');
  } catch {
    // What was thrown before says more; and without a connection there is nothing left to roll back.
  }
}

/**
 * Brings the database behind `target` up to the migrations in `folder`, and closes the target. Several processes at once
 * do it once. Leaves the tables and the recorded migrations of other applications alone. Throws an Error that names the
 * migration when its SQL fails, and leaves the database as it was.
 */
export async function migrate(target: MigrationTarget, folder: string): Promise<void> {
  try {
    const migrations = await readMigrations(folder);
    // The usual start takes no lock.
    if (missingFrom(await target.finished(), migrations).length === 0) return;
    await migrateInTransaction(target, migrations);
  } finally {
    await target.close();
  }
}

/** Rejects a database that lacks one of the migrations in `folder`, and closes the target. Changes nothing. */
export async function requireMigrated(target: MigrationTarget, folder: string): Promise<void> {
  try {
    const migrations = await readMigrations(folder);
    const missing = missingFrom(await target.finished(), migrations);
    if (missing.length === 0) return;
    throw new Error(
      `DATABASE_URL: the database lacks ${missing.length} of ${migrations.length} migrations; start the service once, which applies them`,
    );
  } finally {
    await target.close();
  }
}
