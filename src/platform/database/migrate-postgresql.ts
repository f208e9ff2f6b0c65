import pg from 'pg';
import { timeLimits } from '../time-limits.js';
import { within } from '../timeout.js';
import { Prisma } from './generated/sqlite/client.js';
import { type DoneRow, doneQuery, type MigrationTarget, migrate, requireMigrated } from './migrate.js';
import { configureSession, connectionSettings, unref } from './postgresql-connection.js';
import { chooseSchema, type FoundSchema } from './postgresql-schema.js';
import type { PostgresqlUrl } from './postgresql-url.js';

// Any number, as long as it stays: nodes of different releases must mean the same lock.
const advisoryLock = 7_141_592_653;

/** A node that freezes in the middle of a migration must not hold the lock for ever. */
const idleInMigrationMs = 60_000;

/**
 * Brings the PostgreSQL database that `url` names up to the migrations in `folder`, as `migrate` promises. Answers the
 * schema that the tables are in. With `existing`, rejects one that is not migrated instead. Rejects, before it makes anything, a database that cannot hold every Unicode character.
 */
export async function migratePostgresql(url: PostgresqlUrl, folder: string, existing = false): Promise<string> {
  const client = await connect(url);
  try {
    await checkEncoding(client);
    const found = await chooseSchema(client, url.schema);
    await configureSession(client, found.name);
    await (existing ? requireMigrated : migrate)(targetOn(client, found), folder);
    await checkRights(client, found.name);
    return found.name;
  } finally {
    await close(client);
  }
}

async function connect({ connectionString }: PostgresqlUrl): Promise<pg.Client> {
  const client = new pg.Client(connectionSettings(connectionString));
  // Its loss fails the statement under way; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A frozen server closes nothing, and may not keep the process alive. */
async function close(client: pg.Client): Promise<void> {
  await within(timeLimits.closeMs, client.end()).catch(() => undefined);
  unref(client);
}

/** A role that did not make the tables may lack rights to them, which would show only when someone signs in. */
async function checkRights(client: pg.Client, schema: string): Promise<void> {
  const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
  const text = `SELECT tablename::text AS "table", right_ AS "right" FROM pg_tables, unnest($1::text[]) AS right_
    WHERE schemaname = $2 AND tablename = ANY ($3) AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), right_)`;
  const values = [rights, schema, Object.values(Prisma.ModelName)];
  const { rows } = await client.query<{ table: string; right: string }>({ ...inTime(text), values });
  const [lacking] = rows;
  if (!lacking) return;
  throw new Error(
    `DATABASE_URL: the role has no right to ${lacking.right} on the table "${lacking.table}" in the schema ${schema}; takes one with ${rights.join(', ')} on all tables`,
  );
}

/** Any other encoding answers an error to some names; SQL_ASCII would store anything, and count bytes as characters. */
async function checkEncoding(client: pg.Client): Promise<void> {
  const text = `SELECT current_setting('server_encoding') AS encoding`;
  const { rows } = await client.query<{ encoding: string }>(inTime(text));
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new Error(
    `DATABASE_URL: the database is encoded in ${encoding}, which cannot hold every name; takes one made with ENCODING 'UTF8'`,
  );
}

function inTime(text: string): pg.QueryConfig {
  return { text, query_timeout: timeLimits.queryMs } as pg.QueryConfig;
}

function targetOn(client: pg.Client, schema: FoundSchema): MigrationTarget {
  return {
    engine: 'postgresql',
    adapter: { executeScript: (script) => executeScript(client, script) },
    finished: () => finishedInPostgresql(client, schema.name),
    begin: () => beginPostgresql(client, schema),
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function executeScript(client: pg.Client, script: string): Promise<void> {
  try {
    await client.query(script);
  } catch (error) {
    if (error instanceof pg.DatabaseError && /^42(P07|710)$/.test(error.code ?? ''))
      error.message += '; where another application made it, take a schema of your own with ?schema=';
    throw error;
  }
}

async function finishedInPostgresql(client: pg.Client, schema: string): Promise<DoneRow[] | null> {
  // By a look and not by the error, which would end the transaction.
  const look = `SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = '_prisma_migrations'`;
  const { rowCount } = await client.query({ ...inTime(look), values: [schema] });
  return rowCount ? (await client.query<DoneRow>(inTime(doneQuery))).rows : null;
}

async function beginPostgresql(client: pg.Client, schema: FoundSchema): Promise<void> {
  // No limit to a statement, since a migration may be long and others wait for it.
  await client.query('BEGIN');
  await client.query(
    `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = ${idleInMigrationMs}`,
  );
  // It ends with the transaction: behind a pooler the connection, and a lock of its session, would not end.
  await client.query(`SELECT pg_advisory_xact_lock(${advisoryLock})`);
  // Even with IF NOT EXISTS it needs a right that the role may lack.
  if (!schema.exists) await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema.name)}`);
}
