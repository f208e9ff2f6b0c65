import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/platform/database/open.js';
import { build } from './built.js';
import { startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of this run, as one who may create databases. */
    postgresUrl: string;
    /** Begins the name of every database of this run. */
    databasePrefix: string;
    /** What a migrated database is copied from: SQLite's file, PostgreSQL's database. */
    templates: { sqlite: string; postgresql: string };
  }
}

/**
 * Builds what test files start as processes. Starts the PostgreSQL that they share, or takes the one that
 * TEST_DATABASE_URL names; returns the end of it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await build();
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? null : await startPostgres();
  const postgresUrl = given || (server?.url ?? '');
  const databasePrefix = `latchkey_test_${randomBytes(4).toString('hex')}_`;
  project.provide('postgresUrl', postgresUrl);
  project.provide('databasePrefix', databasePrefix);
  const dir = await mkdtemp(path.join(tmpdir(), 'latchkey-test-templates-'));
  project.provide('templates', await makeTemplates(dir, postgresUrl, `${databasePrefix}template`));
  return async () => {
    await rm(dir, { recursive: true });
    await (server ? server.stop() : dropDatabases(postgresUrl, databasePrefix));
  };
}

async function makeTemplates(dir: string, postgresUrl: string, name: string) {
  const sqlite = path.join(dir, 'latchkey.db');
  const url = new URL(postgresUrl);
  const admin = new pg.Client(postgresUrl);
  await admin.connect();
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE template0`);
  await admin.end();
  url.pathname = `/${name}`;
  await Promise.all([migrateOnce(`file:${sqlite}`), migrateOnce(url.href)]);
  return { sqlite, postgresql: name };
}

async function migrateOnce(url: string): Promise<void> {
  const database = await openDatabase({ url, poolSize: 1, onError: () => {} });
  await database.close();
}

/** What test files left behind on a server that outlives this run. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  await client.end();
}
