import { closeSync, constants, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { unavailable } from '../../errors.js';

/**
 * The path that a `file:` URL names, relative ones from the working directory. Rejects a database in memory: reads
 * and writes have a connection each, and would each have a database of their own.
 */
export function sqlitePath(url: string): string {
  const path = url.replace(/^file:(\/\/(?=\/))?/, '');
  if (path === '' || path.startsWith(':memory:'))
    throw new Error('DATABASE_URL: a SQLite database needs a file: file:./data/latchkey.db');
  return resolve(path);
}

/** Step by step: where a folder cannot be made (below /proc), Node's own recursive way tries without end. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  unlessThere(() => mkdirSync(path, { mode: 0o700 }));
}

function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes the file, and its folder, for the owner alone: it holds password hashes. What exists keeps its mode. */
export function makeSqliteFile(path: string): void {
  makeFolder(dirname(path));
  unlessThere(() => closeSync(openSync(path, 'wx', 0o600)));
}

/** Rejects a path at which there is no file, in one line for the operator. */
export function requireSqliteFile(path: string): void {
  if (existsSync(path)) return;
  throw new Error(`DATABASE_URL: there is no database at ${path}; start the service once, which creates it`);
}

const log = (path: string) => `${path}-wal`;
const index = (path: string) => `${path}-shm`;

/**
 * Rejects a file that cannot be written, or whose folder or log cannot. SQLite opens such a file for reading without an
 * error, and reports one only when a statement writes.
 */
export async function requireWritable(path: string): Promise<void> {
  for (const part of [dirname(path), path]) await requireAccess(part);
  for (const part of [log(path), index(path)]) if (existsSync(part)) await requireAccess(part);
}

async function requireAccess(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${path} cannot be written (${code})`, { cause: error }), { code });
  }
}

/**
 * Remembers which files an open database consists of. `check` throws SERVICE_UNAVAILABLE where its path names another
 * file by now, or none: what is written to a file that was removed is lost, and what other processes write to the new
 * one is not seen. Two system calls, of 2 µs each.
 */
export function watchSqliteFile(path: string): { check(): void } {
  const parts = [path, log(path)];
  const opened = parts.map(identity);
  return {
    check() {
      if (parts.some((part, i) => identity(part) !== opened[i]))
        throw unavailable('The database file was removed or replaced.', 2);
    },
  };
}

function identity(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : 'none';
}
