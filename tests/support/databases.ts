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
  const template = inject('templates')[engine];
  if (engine === 'postgresql') return createDatabase(template);
  const url = await freshDatabaseUrl(engine);
  await copyFile(template, url.slice('file:'.length));
  return url;
}

/** Runs `work` while no other test file runs its own under the same name. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  return asAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    return work(); // the lock ends with the connection
  });
}

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(inject('postgresUrl'));
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function createDatabase(template = 'template0'): Promise<string> {
  const name = inject('databasePrefix') + randomUUID().replaceAll('-', '');
  await asAdmin((admin) => admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`));
  afterwards(() => asAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)));
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}
