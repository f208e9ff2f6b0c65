import type { ClientBase, QueryConfig } from 'pg';
import { timeLimits } from '../time-limits.js';

/** How every connection of ours is made, to pools and single clients: the driver on its own waits for ever. */
export function connectionSettings(connectionString: string) {
  return {
    connectionString,
    application_name: 'latchkey',
    connectionTimeoutMillis: timeLimits.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  };
}

/**
 * Settings that a server, a database or a role may have changed, and that would change what statements mean, what comes
 * back, or how long they may take. `default_transaction_read_only` is not among them: who sets it means it.
 */
const sessionSettings: Record<string, string> = {
  TimeZone: 'UTC', // the columns have no zone
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  statement_timeout: `${timeLimits.queryMs}`,
  lock_timeout: '0',
  transaction_timeout: '0', // from PostgreSQL 17 on
  idle_in_transaction_session_timeout: `${timeLimits.idleInTransactionMs}`,
  idle_session_timeout: '0', // from PostgreSQL 14 on
};

/**
 * Sets all of that on a new connection, and the schema that unqualified names mean. By a statement and not as start-up
 * parameters, which connection poolers reject. What the server does not know is left out.
 */
export async function configureSession(client: ClientBase, schema: string): Promise<void> {
  const settings = { ...sessionSettings, search_path: `"${schema.replaceAll('"', '""')}"` };
  const pairs = Object.entries(settings).map(([name, value]) => `('${name}', '${value.replaceAll("'", "''")}')`);
  const text = `SELECT set_config(name, value, false) FROM (VALUES ${pairs.join(', ')}) AS wanted (name, value)
    WHERE current_setting(name, true) IS NOT NULL`;
  await client.query({ text, query_timeout: timeLimits.connectMs } as QueryConfig);
}

/** Lets the process end while this connection is open; the driver's types do not know the method. */
export function unref(client: ClientBase): void {
  (client as unknown as { unref(): void }).unref();
}
