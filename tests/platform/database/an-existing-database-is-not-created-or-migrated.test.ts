import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { type Engine, engines, freshDatabaseUrl, freshDir, migratedDatabaseUrl } from '../../support/databases.js';
import { open } from './handles.js';

/** A copy of the migrations, and one that no database has. */
async function migrationsWithOneMore(engine: Engine): Promise<string> {
  const folder = join(await freshDir(), 'migrations');
  cpSync('prisma/migrations', folder, { recursive: true });
  mkdirSync(join(folder, engine, '29990101000000_next'));
  writeFileSync(join(folder, engine, '29990101000000_next/migration.sql'), 'CREATE TABLE "Next" ("a" TEXT);');
  return folder;
}

async function tablesOf(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(`SELECT count(*)::int AS n FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%'
    AND schemaname <> 'information_schema'`);
  await client.end();
  return rows[0].n;
}

describe.each(engines)('on %s', (engine) => {
  test('a migrated one is opened', async () => {
    const url = new URL(await migratedDatabaseUrl(engine));
    const database = await open(url, { existing: true });
    expect(await database.read((client) => client.user.count())).toBe(0);
  });

  test('one that lacks a migration is rejected and does not get it', async () => {
    const url = new URL(await migratedDatabaseUrl(engine));
    const migrationsDir = await migrationsWithOneMore(engine);
    const rejected = open(url, { existing: true, migrationsDir });
    await expect(rejected).rejects.toThrow(/^DATABASE_URL: the database lacks 1 of \d+ migrations; [^\n]+$/);
    const database = await open(url, { existing: true });
    await expect(database.read((client) => client.$queryRawUnsafe('SELECT * FROM "Next"'))).rejects.toThrow(/Next/);
  });
});

test('an empty PostgreSQL database is rejected and stays empty', async () => {
  const url = await freshDatabaseUrl('postgresql');
  await expect(open(new URL(url), { existing: true })).rejects.toThrow(/^DATABASE_URL: the database lacks /);
  expect(await tablesOf(url)).toBe(0);
});

test('an empty SQLite file is rejected and stays empty', async () => {
  const path = (await freshDatabaseUrl('sqlite')).slice('file:'.length);
  writeFileSync(path, '');
  await expect(open(new URL(`file:${path}`), { existing: true })).rejects.toThrow(/^DATABASE_URL: the database lacks /);
  expect(readFileSync(path)).toHaveLength(0);
});

test('a SQLite path at which there is nothing is rejected, and nothing is made there', async () => {
  const path = join(await freshDir(), 'data', 'latchkey.db');
  await expect(open(new URL(`file:${path}`), { existing: true })).rejects.toThrow(
    `DATABASE_URL: there is no database at ${path}; start the service once, which creates it`,
  );
  expect(existsSync(dirname(path))).toBe(false);
});
