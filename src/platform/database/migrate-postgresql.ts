import { PrismaPg } from '@prisma/adapter-pg';
import { DriverAdapterError, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { doneQuery, type MigrationTarget, migrate } from './migrate.js';
import { connectionSettings } from './postgresql.js';

// Any number, as long as it stays: nodes of different releases must mean the same lock.
const advisoryLock = 7_141_592_653;

/** Brings the PostgreSQL database at `url` up to the migrations in `folder`, as `migrate` promises. */
export async function migratePostgresql(url: string, folder: string): Promise<void> {
  await migrate(await connectPostgresql(url), folder);
}

async function connectPostgresql(url: string): Promise<MigrationTarget> {
  const pool = new pg.Pool({ ...connectionSettings(url), max: 1 });
  pool.on('error', () => undefined);
  const close = async (client?: pg.PoolClient) => {
    client?.release(true);
    await pool.end();
  };
  try {
    const client = await pool.connect();
    // Its loss fails the statement under way; without a listener it would end the process.
    client.on('error', () => undefined);
    const adapter = await oneConnection(pool, client);
    return {
      engine: 'postgresql',
      adapter,
      finished: () => finishedInPostgresql(client),
      begin: () => beginPostgresql(client),
      verify: () => Promise.resolve(),
      close: () => close(client),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * An adapter whose statements all go through `client`. A pool would drop a connection that answered an error, and go
 * on with a new one, outside the transaction.
 */
async function oneConnection(pool: pg.Pool, client: pg.PoolClient): Promise<SqlDriverAdapter> {
  pool.query = client.query.bind(client) as typeof pool.query;
  const adapter: SqlDriverAdapter = await new PrismaPg(pool).connect();
  const executeRaw = adapter.executeRaw.bind(adapter);
  // The engine takes a lock that outlives the transaction, and counts on the connection's end to be rid of it. Behind a
  // pooler the connection does not end, and nobody else would ever get the lock.
  adapter.executeRaw = ({ sql, ...rest }) =>
    executeRaw({ sql: sql.replace('pg_advisory_lock(', 'pg_advisory_xact_lock('), ...rest });
  // The adapter's own cuts the script at every semicolon, those inside a function's body too.
  adapter.executeScript = async (script) => {
    try {
      await client.query(script);
    } catch (error) {
      throw scriptError(error as pg.DatabaseError);
    }
  };
  return adapter;
}

function scriptError({ code, severity, message, detail, column, hint }: pg.DatabaseError): DriverAdapterError {
  const facts = { code: code ?? 'N/A', severity: severity ?? 'N/A', message, detail, column, hint };
  return new DriverAdapterError({ kind: 'postgres', ...facts, originalMessage: message });
}

async function finishedInPostgresql(client: pg.PoolClient): Promise<Set<string> | null> {
  // By a look and not by the error, which would end the transaction.
  const text = `SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS found`;
  const look = await client.query<{ found: boolean }>({ text, query_timeout: 4_000 } as pg.QueryConfig);
  if (!look.rows[0]?.found) return null;
  const done = await client.query<{ migration_name: string }>(doneQuery);
  return new Set(done.rows.map((row) => row.migration_name));
}

async function beginPostgresql(client: pg.PoolClient): Promise<void> {
  // No limit to a statement, since a migration may be long and others wait for it; but a node that freezes in the
  // middle must not hold the lock for ever.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 60000');
  await client.query(`SELECT pg_advisory_xact_lock(${advisoryLock})`);
}
