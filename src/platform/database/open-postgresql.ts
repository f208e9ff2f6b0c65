import { retry } from '../retry.js';
import { startWaitMs } from '../time-limits.js';
import type { Database, QueryLog } from './database.js';
import { isConnectionRejected, isUnavailable } from './database-errors.js';
import { migratePostgresql } from './migrate-postgresql.js';
import { openPostgresql } from './postgresql.js';
import { type PostgresqlUrl, readPostgresqlUrl } from './postgresql-url.js';

interface Options {
  url: string;
  poolSize: number;
  log?: QueryLog | undefined;
  onError: (error: Error) => void;
  /** Called once when the start has to wait. */
  onWaiting?: ((message: string) => void) | undefined;
  waitMs?: number | undefined;
  existing?: boolean | undefined;
}

/**
 * Migrates the PostgreSQL database of `options.url`, waiting for a server that is out of reach, and opens it. Throws an
 * Error of one line that names DATABASE_URL and holds no password.
 */
export async function createPostgresql(options: Options, migrations: string): Promise<Database> {
  const url = readPostgresqlUrl(options.url);
  const schema = await whenReachable(() => migratePostgresql(url, migrations, options.existing), url, options);
  const { poolSize, log, onError } = options;
  return openPostgresql({ connectionString: url.connectionString, schema, poolSize, log, onError });
}

/** Migrating connects, and is all or nothing, so that it can be repeated. */
async function whenReachable<T>(work: () => Promise<T>, { server }: PostgresqlUrl, options: Options): Promise<T> {
  const { onWaiting, waitMs = startWaitMs } = options;
  const seconds = waitMs / 1000;
  let said = false;
  const sayOnce = () => {
    if (!said) onWaiting?.(`PostgreSQL at ${server} is out of reach; waiting ${seconds} s for it.`);
    said = true;
  };
  const when = (error: unknown) => {
    if (isOutOfReach(error)) sayOnce();
    return isOutOfReach(error);
  };
  try {
    return await retry(work, { when, withinMs: waitMs, pauseMs: () => 500 });
  } catch (error) {
    const problem = isOutOfReach(error) ? `was out of reach for ${seconds} s` : 'cannot be used';
    throw startError(`PostgreSQL at ${server} ${problem}`, error as Error);
  }
}

/** Waiting does not help where the connection is rejected: a setting is wrong then. */
function isOutOfReach(error: unknown): boolean {
  return isUnavailable(error) && !isConnectionRejected(error);
}

/** One line that names the setting; what the server, the system or the driver says names none. */
function startError(problem: string, error: Error): Error {
  const reason = reasonOf(error).replace(/\s*[\r\n]+\s*/g, ' ');
  const line = reason.startsWith('DATABASE_URL: ') ? reason : `DATABASE_URL: ${problem}: ${reason}${adviceOn(error)}`;
  return new Error(line, { cause: error });
}

/** Node gives no message to an error that gathers those of several addresses. */
function reasonOf(error: Error): string {
  const [first] = (error as AggregateError).errors ?? [];
  return error.message || first?.message || (error as NodeJS.ErrnoException).code || 'an unknown error';
}

function adviceOn(error: Error): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  // 3F000: a schema that the role may not even use.
  if (code === '42501' || code === '3F000')
    return '; takes a role with the right to create tables in the schema, which ?schema= can name';
  if (message === 'The server does not support SSL connections') return '; sslmode=disable connects without';
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code))
    return '; sslrootcert=FILE names the certificate of its authority, and sslmode=no-verify takes any';
  return '';
}
