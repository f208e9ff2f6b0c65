import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { afterwards } from './cleanup.js';

export const engines = ['sqlite', 'postgresql'] as const;
export type Engine = (typeof engines)[number];

/** An empty folder, removed after the test, or after the file where no test is running. */
export async function freshDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'latchkey-test-'));
  afterwards(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** The address of an empty database of the caller's own, without a table in it; dropped like `freshDir`. */
export async function freshDatabaseUrl(engine: Engine): Promise<string> {
  return engine === 'sqlite' ? `file:${path.join(await freshDir(), 'latchkey.db')}` : createDatabase();
}

/** Like `freshDatabaseUrl`, with all tables in it: a copy of what global-setup.ts has migrated. */
export async function migratedDatabaseUrl(engine: Engine): Promise<string> {
  if (engine === 'postgresql') return borrowDatabase();
  const url = await freshDatabaseUrl(engine);
  await copyFile(inject('templates').sqlite, url.slice('file:'.length));
  return url;
}

let admin: Promise<pg.Client> | undefined;

/** One connection for all tests of this worker, which ends with it. */
async function asAdmin(sql: string): Promise<void> {
  admin ??= connectAdmin();
  await (await admin).query(sql);
}

async function connectAdmin(): Promise<pg.Client> {
  const client = new pg.Client(inject('postgresUrl'));
  await client.connect();
  client.on('error', () => {
    admin = undefined;
  });
  (client as pg.Client & { unref(): void }).unref();
  return client;
}

async function using<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function createDatabase(): Promise<string> {
  const name = await copyOf('template0');
  afterwards(() => drop(name));
  return urlOf(name);
}

async function copyOf(template: string): Promise<string> {
  const name = newName();
  await asAdmin(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return name;
}

function newName(): string {
  return inject('databasePrefix') + randomUUID().replaceAll('-', '');
}

function drop(name: string): Promise<void> {
  return asAdmin(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
}

function urlOf(name: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Databases whose tests are over, emptied: making one takes longer than emptying it. */
const emptied: string[] = [];

/** Of a database as it was migrated. */
let migratedShape: string | undefined;

async function borrowDatabase(): Promise<string> {
  const name = emptied.pop() ?? (await createMigrated());
  afterwards(() => giveBack(name));
  return urlOf(name);
}

async function createMigrated(): Promise<string> {
  const name = await copyOf(inject('templates').postgresql);
  migratedShape ??= await using(urlOf(name), shapeOf);
  return name;
}

/** Under another name, so that nobody whom a test forgot finds its way back. */
async function giveBack(name: string): Promise<void> {
  if (!(await isAsNew(name))) return void (await drop(name));
  const next = newName();
  await asAdmin(`ALTER DATABASE "${name}" RENAME TO "${next}"`);
  emptied.push(next);
}

/** Empties the database. False where a test has left more than rows in it. */
async function isAsNew(name: string): Promise<boolean> {
  return using(urlOf(name), async (client) => {
    await client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    if ((await shapeOf(client)) !== migratedShape) return false;
    const tables = await client.query(`SELECT tablename AS name FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('Chore', '_prisma_migrations')`);
    for (const table of tables.rows) await client.query(`DELETE FROM "${table.name}"`);
    // It has its one row from the migration on.
    const { rowCount } = await client.query(`UPDATE "Chore" SET "dueAt" = 'epoch'`);
    return rowCount === 1;
  });
}

/** The names of all that is in a database beside the rows that nodes write. */
async function shapeOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `WITH ours AS (SELECT oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace)
     SELECT relname::text AS part FROM ours
     UNION ALL SELECT relname || '.' || attname FROM ours JOIN pg_attribute ON attrelid = ours.oid
     UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT "id" FROM "_prisma_migrations" ORDER BY part`,
  );
  return rows.map(({ part }) => part).join();
}
