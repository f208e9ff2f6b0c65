import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { unavailable } from '../../errors.js';
import { retry } from '../retry.js';
import { timeLimits } from '../time-limits.js';
import { within } from '../timeout.js';
import type { Database, QueryLog } from './database.js';
import { isConflict, isConnectionLost, isReadOnly, orUnavailable, readOnly } from './database-errors.js';
import { PrismaClient as PostgresqlClient } from './generated/postgresql/client.js';
import { Prisma, type PrismaClient } from './generated/sqlite/client.js';
import { configureSession, connectionSettings, unref } from './postgresql-connection.js';
import type { Commit, Rows, Statement } from './statement.js';

const conflictRetries = 4;

export interface PostgresqlOptions {
  /** The driver's, as `readPostgresqlUrl` answers it. */
  connectionString: string;
  /** Where the tables are. */
  schema: string;
  poolSize: number;
  log?: QueryLog | undefined;
  /** A connection was lost while nothing waited for it. */
  onError: (error: Error) => void;
}

/** What may be logged of a driver's error: the error itself carries the connection and its settings. */
function lostConnection(error: Error): Error {
  return new Error(`A PostgreSQL connection was lost: ${error.message}`);
}

function createPool({ connectionString, schema, poolSize, onError }: PostgresqlOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connectionSettings(connectionString),
    max: poolSize,
    query_timeout: timeLimits.queryMs,
    idleTimeoutMillis: 30_000,
    onConnect: async (client) => {
      // The pool listens to idle connections only, and a borrower a moment later: an error in between would end the process.
      client.on('error', (error) => onError(lostConnection(error)));
      guardTransactions(client);
      await configureSession(client, schema);
    },
  });
  // It repeats the errors of its idle connections, and without a listener of its own would end the process.
  pool.on('error', () => undefined);
  return pool;
}

type Query = (...args: unknown[]) => unknown;

/**
 * Covers three gaps of transactions, which alone query with promises. A query that timed out still runs, so its
 * connection would go back to the pool unusable: it is closed. A connection to a server that has become a standby would stay
 * connected to it: it is closed too. And COMMIT after a failed statement answers ROLLBACK, without an error: work
 * that swallowed the failure would pass for committed.
 */
function guardTransactions(client: pg.ClientBase): void {
  const query = client.query.bind(client) as Query;
  const guarded: Query = (...args) => {
    const answer = query(...args);
    return answer instanceof Promise ? answer.then(rejectRollback(args[0]), closeUnusable) : answer;
  };
  const closeUnusable = (error: Error) => {
    if (error.message === 'Query read timeout' || isReadOnly(error)) (client as pg.Client).end().catch(() => undefined);
    throw error;
  };
  client.query = guarded as typeof client.query;
}

function rejectRollback(query: unknown) {
  const commits = (query as { text?: string } | undefined)?.text === 'COMMIT';
  return (result: { command?: string }) => {
    if (commits && result.command !== 'COMMIT')
      throw new Error('PostgreSQL rolled back instead: a statement had failed.');
    return result;
  };
}

function createClient(pool: pg.Pool, { schema, log }: PostgresqlOptions): PrismaClient {
  const adapter = new PrismaPg(pool, { schema });
  // Minimal: the other formats quote the calling code in messages.
  const options = {
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: timeLimits.transactionStartMs, timeout: timeLimits.transactionMs },
  } as const;
  // The one cast between the engines: the models are the same, the types are only declared twice.
  if (!log) return new PostgresqlClient(options) as unknown as PrismaClient;
  const client = new PostgresqlClient({ ...options, log: [{ emit: 'event', level: 'query' }] });
  client.$on('query', (event) => log(event.query, event.duration));
  return client as unknown as PrismaClient;
}

/** Timestamps have no zone; ours are UTC, where the driver would take both ways for local time. */
const utc = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === pg.types.builtins.TIMESTAMP
      ? (text: string) => new Date(`${text.replace(' ', 'T')}Z`)
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

type Send = (sql: Prisma.Sql) => Promise<pg.QueryResult>;

/** How statements in SQL are sent past Prisma. They have no names, so that poolers need not know them. */
function senderOn(connection: pg.Pool | pg.PoolClient, log: QueryLog | undefined): Send {
  return async ({ text, values }) => {
    const parameters = values.map((value) => (value instanceof Date ? value.toISOString() : value));
    const startedAt = performance.now();
    try {
      return await connection.query({ text, values: parameters, types: utc });
    } catch (error) {
      // "Failing row contains …" quotes the row, hashes of passwords included.
      if (error instanceof pg.DatabaseError) error.detail = undefined;
      throw error;
    } finally {
      log?.(text, performance.now() - startedAt);
    }
  };
}

/** As `Database.commit` promises. `onBegun`: from then on something may have been done. */
async function commitJob(send: Send, { confirm, also = [] }: Commit, onBegun: () => void): Promise<Rows[] | null> {
  const deadline = performance.now() + timeLimits.transactionMs;
  const sendInTime: Send = async (sql) => {
    // Rolled back rather than committed late: its request may have been answered as failed already (graphql.route.ts).
    if (performance.now() > deadline) throw unavailable('The database is too slow.', 2);
    return send(sql);
  };
  const returned: Rows[] = [];
  await sendInTime(Prisma.sql`BEGIN`);
  onBegun();
  for (const statement of confirm) {
    const { rowCount, rows } = await sendInTime(statement);
    if (!rowCount) {
      await sendInTime(Prisma.sql`ROLLBACK`);
      return null;
    }
    returned.push(rows);
  }
  for (const statement of also) returned.push((await sendInTime(statement)).rows);
  await sendInTime(Prisma.sql`COMMIT`);
  return returned;
}

/** One statement is a transaction of its own, and saves two round trips. */
async function commitAlone(send: Send, statement: Statement): Promise<Rows[] | null> {
  const { rowCount, rows } = await send(statement);
  return rowCount ? [rows] : null;
}

/** Lends a connection to `work`, and takes it back as it was; one of which that is not certain is closed. */
async function onConnection<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let isClean = true;
  try {
    return await work(connection);
  } catch (error) {
    isClean = !isReadOnly(error) && (await rollsBack(connection));
    throw error;
  } finally {
    connection.release(!isClean);
  }
}

function rollsBack(connection: pg.PoolClient): Promise<boolean> {
  return connection.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/**
 * Runs `work` again when PostgreSQL rolled it back in favour of another transaction: statements over several rows may lock
 * them in different orders and wait for each other, and one of them fails after a second.
 */
function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  const pauseMs = (retries: number) => (5 + Math.random() * 20) * 2 ** (retries - 1);
  return retry(work, { when: isConflict, times: conflictRetries, pauseMs });
}

/**
 * Runs `work` once more when its connection was dead, as idle ones are after the server has restarted, and nothing can have
 * been done on it.
 */
function retryDeadConnection<T>(work: () => Promise<T>, mayRepeat: () => boolean): Promise<T> {
  return retry(work, { when: (error) => isConnectionLost(error) && mayRepeat(), times: 1 });
}

// The number as text, which `extra_float_digits` of a pooled connection cannot round.
const clockQuery = Prisma.sql`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS "ms",
  current_setting('transaction_read_only') AS "readOnly"`;

/**
 * How far `Date.now()` is ahead of the server's clock, taking the answer's time as spent half each way. Throws where the
 * server takes no writes, as a standby, and a primary after a failover.
 */
async function measureSkew(send: Send): Promise<number> {
  const before = Date.now();
  const { rows } = await send(clockQuery);
  const after = Date.now();
  const [row] = rows as { ms: string; readOnly: string }[];
  if (!row) throw new Error('PostgreSQL did not tell the time.');
  if (row.readOnly === 'on') throw readOnly();
  return Math.round((before + after) / 2 - Number(row.ms)) + 0; // 0 and not -0
}

/** A frozen server closes nothing: connections that are left after a while do not keep the process alive. */
async function endPool(pool: pg.Pool, open: Set<pg.PoolClient>): Promise<void> {
  await within(timeLimits.closeMs, pool.end());
  for (const client of open) unref(client);
}

/** Opens a pool on a migrated PostgreSQL database. Connects only when it is asked for something. */
export function openPostgresql(options: PostgresqlOptions): Database {
  const { log } = options;
  const pool = createPool(options);
  const open = new Set<pg.PoolClient>();
  pool.on('connect', (client) => open.add(client)).on('remove', (client) => open.delete(client));
  const client = createClient(pool, options);
  const send = senderOn(pool, log);
  let closed = false;

  function attempt<T>(work: () => Promise<T>, mayRepeat: () => boolean): Promise<T> {
    if (closed) return Promise.reject(unavailable('The database is closed.', 2));
    return orUnavailable(() => retryConflicts(() => retryDeadConnection(work, mayRepeat)));
  }

  const always = () => true;
  // A write may have been done before its connection died.
  const never = () => false;

  return {
    read: (query) => attempt(async () => query(client), always),
    write: (statement) => attempt(async () => statement(client), never),
    query: <Row>(sql: Prisma.Sql) => attempt(async () => (await send(sql)).rows as Row[], always),
    commit(work) {
      const { confirm, also = [] } = work;
      if (confirm.length + also.length === 1) return attempt(() => commitAlone(send, confirm[0]), never);
      let begun = false;
      const onBegun = () => {
        begun = true;
      };
      const run = () => onConnection(pool, (lent) => commitJob(senderOn(lent, log), work, onBegun));
      return attempt(run, () => !begun);
    },
    transaction(work) {
      let begun = false;
      const run = () =>
        client.$transaction((tx) => {
          begun = true;
          return work(tx);
        });
      return attempt(run, () => !begun);
    },
    clockSkewMs() {
      const run = () => onConnection(pool, (lent) => measureSkew(senderOn(lent, log)));
      return attempt(run, always);
    },
    async close() {
      if (closed) return;
      closed = true;
      await client.$disconnect();
      await endPool(pool, open);
    },
  };
}
