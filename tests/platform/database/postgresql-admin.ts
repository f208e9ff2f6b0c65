import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { afterwards } from '../../support/cleanup.js';
import { freshDatabaseUrl } from '../../support/databases.js';

/** Runs these statements on the database at `url`; answers the rows of the last one. */
export async function sql(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** An empty database with these settings of its own, as `ALTER DATABASE … SET` gives them. */
export async function databaseWith(settings: Record<string, string>): Promise<string> {
  const url = await freshDatabaseUrl('postgresql');
  await alterDatabase(url, settings);
  return url;
}

/** Changes what new connections to this database find set; settings that the server is too old to know are left out. */
export async function alterDatabase(url: string, settings: Record<string, string>): Promise<void> {
  const known = await sql(url, 'SELECT lower(name) AS name FROM pg_settings');
  const names = new Set(known.map(({ name }) => name));
  const statements = Object.entries(settings)
    .filter(([name]) => names.has(name.toLowerCase()))
    .map(([name, value]) => `ALTER DATABASE "${databaseOf(url)}" SET ${name} = ${value}`);
  await sql(url, ...statements);
}

export function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** Ends every other connection to this database. */
export async function endConnections(url: string): Promise<void> {
  await sql(
    url,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
}

export interface Role {
  name: string;
  /** The database's address for this role. */
  url: string;
}

/** A role that may connect and nothing else, dropped after the test together with what it owns in this database. */
export async function freshRole(databaseUrl: string): Promise<Role> {
  const name = `role_${randomUUID().replaceAll('-', '')}`;
  await sql(databaseUrl, `CREATE ROLE "${name}" LOGIN PASSWORD 'a-password'`);
  afterwards(() => sql(databaseUrl, `DROP OWNED BY "${name}" CASCADE`, `DROP ROLE "${name}"`));
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = 'a-password';
  return { name, url: url.href };
}

/** An empty database of another encoding than UTF8. */
export async function databaseEncodedIn(encoding: string): Promise<string> {
  const server = inject('postgresUrl');
  const name = `${inject('databasePrefix')}${randomUUID().replaceAll('-', '')}`;
  await sql(
    server,
    `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING '${encoding}' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`,
  );
  afterwards(() => sql(server, `DROP DATABASE "${name}" WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** The schemas that hold tables of anybody's, with the names of the tables. */
export async function tablesBySchema(url: string): Promise<Record<string, string[]>> {
  const rows = await sql(
    url,
    `SELECT schemaname::text AS schema, array_agg(tablename::text ORDER BY tablename) AS tables FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') GROUP BY schemaname`,
  );
  return Object.fromEntries(rows.map(({ schema, tables }) => [schema, tables]));
}

/** The database's address with this parameter. */
export function withParameter(url: string, name: string, value: string): string {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.href;
}
