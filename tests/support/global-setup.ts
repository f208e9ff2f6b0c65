import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of this run, as one who may create databases. */
    postgresUrl: string;
    /** Begins the name of every database of this run. */
    databasePrefix: string;
  }
}

/** Starts the PostgreSQL that all test files share, or takes the one that TEST_DATABASE_URL names; returns the end of it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? null : await startPostgres();
  const postgresUrl = given || (server?.url ?? '');
  const databasePrefix = `latchkey_test_${randomBytes(4).toString('hex')}_`;
  project.provide('postgresUrl', postgresUrl);
  project.provide('databasePrefix', databasePrefix);
  return () => (server ? server.stop() : dropDatabases(postgresUrl, databasePrefix));
}

/** What test files left behind on a server that outlives this run. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  await client.end();
}
