import { statSync } from 'node:fs';
import { join } from 'node:path';
import SqliteHandle from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Client } from '../../../src/platform/database/database.js';
import { setPragmas, tryWrite } from '../../../src/platform/database/sqlite.js';
import { freshDatabaseUrl, freshDir, migratedDatabaseUrl } from '../../support/databases.js';
import { open, user } from './handles.js';

const names = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'query_only'];

async function pragmasOf(client: Client): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const name of names) {
    const rows = await client.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`);
    values.push(...Object.values(rows[0] ?? {}).map(String));
  }
  return values;
}

test('both connections of a new and of a reopened database have the pragmas', async () => {
  const url = new URL(await freshDatabaseUrl('sqlite'));
  for (const _ of ['new', 'reopened']) {
    const database = await open(url);
    expect(await database.write(pragmasOf)).toEqual(['wal', '2', '1', '2', '0']);
    expect(await database.read(pragmasOf)).toEqual(['wal', '2', '1', '2', '1']);
    await database.close();
  }
});

test('a pragma that SQLite does not take is an error', async () => {
  const memory = new SqliteHandle(':memory:');
  expect(() => setPragmas(memory, { journal_mode: 'wal' })).toThrow(
    'SQLite does not take journal_mode = wal: it stays memory',
  );
  memory.close();
});

test('the connection for reading cannot write', async () => {
  const database = await open('sqlite');
  await expect(database.read((client) => client.user.create({ data: user('a') }))).rejects.toThrow();
  expect(await database.read((client) => client.user.count())).toBe(0);
});

test('the file and a folder made for it are the owner’s alone', async () => {
  const folder = join(await freshDir(), 'deep', 'data');
  await open(new URL(`file:${folder}/latchkey.db`));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'latchkey.db')).mode & 0o777).toBe(0o600);
});

test('a database in memory is rejected, since each connection would have its own', async () => {
  await expect(open('sqlite', { url: 'file::memory:' })).rejects.toThrow('needs a file');
});

test('a file that SQLite opened for reading fails the trial write, though it takes BEGIN IMMEDIATE', async () => {
  const path = (await migratedDatabaseUrl('sqlite')).slice('file:'.length);
  const handle = new SqliteHandle(path, { readonly: true });
  handle.exec('BEGIN IMMEDIATE; ROLLBACK');
  expect(() => tryWrite(handle)).toThrow(expect.objectContaining({ code: 'SQLITE_READONLY' }));
  expect(handle.inTransaction).toBe(false);
  handle.close();
});

test('the trial write changes nothing', async () => {
  const path = (await migratedDatabaseUrl('sqlite')).slice('file:'.length);
  const handle = new SqliteHandle(path);
  handle.pragma('user_version = 7');
  tryWrite(handle);
  expect(handle.pragma('user_version', { simple: true })).toBe(7);
  handle.close();
});
