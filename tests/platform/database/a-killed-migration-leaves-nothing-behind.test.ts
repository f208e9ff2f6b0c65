import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import SqliteHandle from 'better-sqlite3';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import type { Database } from '../../../src/platform/database/database.js';
import { afterwards } from '../../support/cleanup.js';
import { type Engine, engines, freshDatabaseUrl, freshDir } from '../../support/databases.js';
import { open, user, userIds } from './handles.js';

vi.setConfig({ testTimeout: 120_000 });

const next = '29990101000000_next';

/** A copy of the migrations, and one more. */
async function migrationsWith(engine: Engine, sql: string): Promise<string> {
  const folder = join(await freshDir(), 'migrations');
  cpSync('prisma/migrations', folder, { recursive: true });
  rewrite(folder, engine, sql);
  return folder;
}

function rewrite(folder: string, engine: Engine, sql: string): void {
  mkdirSync(join(folder, engine, next), { recursive: true });
  writeFileSync(join(folder, engine, next, 'migration.sql'), sql);
}

function start(...args: string[]): ChildProcess {
  const script = fileURLToPath(new URL('./start.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  afterwards(() => child.kill('SIGKILL'));
  return child;
}

/** Until another process is in the middle of migrating. */
async function someoneMigrates(engine: Engine, url: string): Promise<void> {
  if (engine === 'sqlite') {
    while (!isLocked(url)) await sleep(20);
    return;
  }
  const client = new pg.Client(url);
  await client.connect();
  while (!(await isSleeping(client))) await sleep(20);
  await client.end();
}

function isLocked(url: string): boolean {
  const handle = new SqliteHandle(url.slice('file:'.length), { timeout: 0 });
  try {
    handle.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    handle.close();
  }
}

async function isSleeping(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
  );
  return rowCount !== 0;
}

type Row = { migration_name: string; done: boolean; back: boolean };

function recorded(database: Database): Promise<Row[]> {
  const sql = `SELECT "migration_name", "finished_at" IS NOT NULL AS "done", "rolled_back_at" IS NOT NULL AS "back"
    FROM "_prisma_migrations" ORDER BY "started_at", "migration_name"`;
  return database.read(async (client) => {
    const rows = await client.$queryRawUnsafe<Record<string, unknown>[]>(sql);
    return rows.map((row) => ({
      migration_name: String(row.migration_name),
      done: Boolean(row.done),
      back: Boolean(row.back),
    }));
  });
}

const done = (name: string): Row => ({ migration_name: name, done: true, back: false });

/** What is recorded where all of ours are done. */
function ours(engine: Engine): Row[] {
  const names = readdirSync(`prisma/migrations/${engine}`).filter((name) => !name.endsWith('.toml'));
  return names.sort().map(done);
}

const endless: Record<Engine, string> = {
  sqlite: `CREATE TABLE "Half" ("a" TEXT); INSERT INTO "Half"
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT max(i) FROM n;`,
  postgresql: `CREATE TABLE "Half" ("a" TEXT); SELECT pg_sleep(3);`,
};

describe.each(engines)('on %s', (engine) => {
  test('a start killed in the middle of a migration; the next one does all of it', async () => {
    const url = await freshDatabaseUrl(engine);
    await (await open(new URL(url))).close();
    const folder = await migrationsWith(engine, endless[engine]);
    const child = start(url, folder);
    await someoneMigrates(engine, url);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const before = await open(new URL(url));
    expect(await recorded(before)).toEqual(ours(engine));
    rewrite(folder, engine, 'CREATE TABLE "Half" ("a" TEXT);');
    const after = await open(new URL(url), { migrationsDir: folder });
    expect(await recorded(after)).toEqual([...ours(engine), done(next)]);
    await after.write((client) => client.$executeRawUnsafe(`INSERT INTO "Half" VALUES ('there')`));
  });

  test('the row that a killed `prisma migrate` left is marked, and its migration done', async () => {
    const url = await freshDatabaseUrl(engine);
    const database = await open(new URL(url));
    const started = engine === 'sqlite' ? `'2025-01-01T00:00:00.000+00:00'` : `'2025-01-01'`;
    const script = 'CREATE TABLE "Half" ("a" TEXT);';
    const checksum = createHash('sha256').update(script).digest('hex');
    await database.write((client) =>
      client.$executeRawUnsafe(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at") VALUES ('x', '${checksum}', '${next}', ${started})`,
      ),
    );
    const folder = await migrationsWith(engine, script);
    const after = await open(new URL(url), { migrationsDir: folder });
    expect(await recorded(after)).toEqual([
      { migration_name: next, done: false, back: true },
      ...ours(engine),
      done(next),
    ]);
  });

  test('a migration that fails is named, changes nothing, and works once it is mended', async () => {
    const url = await freshDatabaseUrl(engine);
    const folder = await migrationsWith(engine, 'CREATE TABLE "Half" ("a" TEXT); INSERT INTO "Nowhere" VALUES (1);');
    await expect(open(new URL(url), { migrationsDir: folder })).rejects.toThrow(
      new RegExp(`^DATABASE_URL: migration ${next} failed: .*Nowhere`),
    );
    rewrite(folder, engine, 'CREATE TABLE "Half" ("a" TEXT);');
    const database = await open(new URL(url), { migrationsDir: folder });
    expect(await recorded(database)).toEqual([...ours(engine), done(next)]);
  });

  test('four starts at once, in one process, migrate an empty database once', async () => {
    const url = new URL(await freshDatabaseUrl(engine));
    const databases = await Promise.all(Array.from({ length: 4 }, () => open(url)));
    expect(await recorded(databases[3] as Database)).toEqual(ours(engine));
    for (const [i, database] of databases.entries())
      await database.write((client) => client.user.create({ data: user(`${i}`) }));
    expect(await userIds(databases[0] as Database)).toEqual(['0', '1', '2', '3']);
  });
});

test('on SQLite a table that is made anew keeps the rows that point to it', async () => {
  const url = new URL(await freshDatabaseUrl('sqlite'));
  const database = await open(url);
  const password = { userId: 'a', hash: 'x', cost: 4 };
  await database.write((client) => client.user.create({ data: user('a') }));
  await database.write((client) => client.password.create({ data: password }));
  // As Prisma writes it where a column changes its type.
  const rename = `PRAGMA defer_foreign_keys=ON; PRAGMA foreign_keys=OFF; CREATE TABLE "new_User" AS SELECT * FROM "User";
    DROP TABLE "User"; ALTER TABLE "new_User" RENAME TO "User"; CREATE UNIQUE INDEX "User_id" ON "User"("id");
    PRAGMA foreign_keys=ON; PRAGMA defer_foreign_keys=OFF;`;
  const after = await open(url, { migrationsDir: await migrationsWith('sqlite', rename) });
  expect(await after.read((client) => client.password.count())).toBe(1);
});

test('on SQLite a migration that would leave rows without their parent is not committed', async () => {
  const url = new URL(await freshDatabaseUrl('sqlite'));
  const database = await open(url);
  await database.write((client) => client.user.create({ data: user('a') }));
  await database.write((client) => client.password.create({ data: { userId: 'a', hash: 'x', cost: 4 } }));
  const folder = await migrationsWith('sqlite', 'DELETE FROM "User";');
  await expect(open(url, { migrationsDir: folder })).rejects.toThrow('rows of Password without their parent');
  expect(await userIds(database)).toEqual(['a']);
});

test('on PostgreSQL a function with semicolons in its body is one statement', async () => {
  const body = `CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('x', NEW.id); RETURN NULL; END $$;`;
  const folder = await migrationsWith('postgresql', body);
  const database = await open('postgresql', { migrationsDir: folder });
  const [found] = await database.read(
    (client) => client.$queryRaw<object[]>`SELECT proname::text FROM pg_proc WHERE proname = 'tell'`,
  );
  expect(found).toEqual({ proname: 'tell' });
});
