import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import SqliteHandle from 'better-sqlite3';
import { describe, expect, test, vi } from 'vitest';
import { afterwards } from '../../support/cleanup.js';
import { freshDatabaseUrl, freshDir, migratedDatabaseUrl } from '../../support/databases.js';
import { open } from './handles.js';

vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;

// Permissions do not bind root, unless it starts a process without the capability to override them.
const bound = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
const [command = '', ...before] = isRoot ? [...bound, process.execPath] : [process.execPath];
const canBind = !isRoot || spawnSync(command, [...before, '--version']).status === 0;

/** A migrated database in a folder of its own. */
async function ownDatabase(): Promise<{ path: string; folder: string }> {
  const path = (await migratedDatabaseUrl('sqlite')).slice('file:'.length);
  return { path, folder: dirname(path) };
}

/** What standard error says of a start that fails. */
async function startError(path: string): Promise<string> {
  const script = fileURLToPath(new URL('./start.ts', import.meta.url));
  const args = [...before, '--import', 'tsx', script, `file:${path}`];
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^DATABASE_URL: [^\n]+\n$/) });
  return stderr;
}

const withPermissions = describe.skipIf(process.platform === 'win32' || !canBind);

withPermissions('a database without write permission is rejected at the start (root needs setpriv)', () => {
  test('where the file may only be read', async () => {
    const { path } = await ownDatabase();
    chmodSync(path, 0o444);
    expect(await startError(path)).toContain(`${path} cannot be written (EACCES)`);
  });

  test('where the folder may only be read', async () => {
    const { path, folder } = await ownDatabase();
    chmodSync(folder, 0o555);
    afterwards(() => chmodSync(folder, 0o755));
    expect(await startError(path)).toContain(`${folder} cannot be written (EACCES)`);
  });

  test.each(['-wal', '-shm'])('where the file ending in %s may only be read', async (suffix) => {
    const { path } = await ownDatabase();
    writeFileSync(path + suffix, '');
    chmodSync(path + suffix, 0o444);
    expect(await startError(path)).toContain(`${path}${suffix} cannot be written (EACCES)`);
  });

  test('where the file may not even be read', async () => {
    const { path } = await ownDatabase();
    chmodSync(path, 0o000);
    expect(await startError(path)).toContain(`${path} cannot be written (EACCES)`);
  });
});

/** Mounts a file system in memory at the folder; false where this machine does not let the test do that. */
function mounts(folder: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  afterwards(() => execFileSync('umount', ['-l', folder], { stdio: 'ignore' }));
  return true;
}

test('a database on a read-only file system is rejected at the start', async ({ skip }) => {
  const folder = await freshDir();
  if (!mounts(folder, 'size=4m')) skip('needs the right to mount a file system');
  const path = `${folder}/latchkey.db`;
  await (await open(new URL(`file:${path}`))).close();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await expect(open(new URL(`file:${path}`))).rejects.toThrow(
    `DATABASE_URL: the file ${path} cannot be used: ${folder} cannot be written (EROFS)`,
  );
});

test('a database on a full disk is rejected at the start', async ({ skip }) => {
  const folder = await freshDir();
  if (!mounts(folder, 'size=64k')) skip('needs the right to mount a file system');
  await expect(open(new URL(`file:${folder}/latchkey.db`))).rejects.toThrow(
    /^DATABASE_URL: .*database or disk is full$/,
  );
});

test('a folder, a text file and a damaged database are rejected at the start', async () => {
  const folder = await freshDir();
  mkdirSync(`${folder}/folder`);
  writeFileSync(`${folder}/text`, 'This is no database, however long it may be. '.repeat(100));
  const damaged = (await migratedDatabaseUrl('sqlite')).slice('file:'.length);
  writeFileSync(damaged, readFileSync(damaged).fill(0xff, 100));
  for (const path of [`${folder}/folder`, `${folder}/text`, damaged])
    await expect(open(new URL(`file:${path}`))).rejects.toThrow(`DATABASE_URL: the file ${path} cannot be used: `);
});

test('the database of another program is rejected and stays as it was', async () => {
  const url = await freshDatabaseUrl('sqlite');
  const path = url.slice('file:'.length);
  const other = new SqliteHandle(path);
  other.exec('CREATE TABLE "User" (name TEXT)');
  other.close();
  const before = readFileSync(path);
  for (const existing of [false, true])
    await expect(open(new URL(url), { existing })).rejects.toThrow('DATABASE_URL: the SQLite file is not empty');
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(statSync(path).size).toBe(before.length);
  expect(existsSync(`${path}-wal`)).toBe(false);
});
