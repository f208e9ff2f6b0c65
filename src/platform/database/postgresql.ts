import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { unavailable } from '../../errors.js';
import { within } from '../patience.js';
import type { Database, QueryLog } from './database.js';
import { isConflict, isConnectionLost, orUnavailable } from './faults.js';
import { PrismaClient as PostgresqlClient } from './generated/postgresql/client.js';
import { Prisma, type PrismaClient } from './generated/sqlite/client.js';

const connectTimeoutMs = 2_000;
const queryTimeoutMs = 4_000;
const transactionTimeoutMs = 4_500;
const closeTimeoutMs = 3_000;
const conflictRetries = 4;

// By SET and not as start-up parameters, which connection poolers refuse. UTC: the columns have no zone.
const sessionSettings = [
  "SET TimeZone = 'UTC'",
  `SET statement_timeout = ${queryTimeoutMs}`,
  'SET idle_in_transaction_session_timeout = 5000',
  "SET default_transaction_isolation = 'read committed'",
].join('; ');

/** How every connection of ours is made, to pools and single clients: the driver on its own waits for ever. */
export function connectionSettings(url: string) {
  return {
    connectionString: url,
    application_name: 'latchkey',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  };
}

/** What may be logged of a driver's error: the error itself carries the connection and its settings. */
function lostConnection(error: Error): Error {
  return new Error(`A PostgreSQL connection was lost: ${error.message}`);
}

function createPool(url: string, size: number, onFault: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    ...connectionSettings(url),
    max: size,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: 30_000,
    onConnect: async (client) => {
      // The pool listens to idle connections alone, and whoever is lent one only a moment later; an error that comes when
      // nobody listens would end the process.
      client.on('error', (error) => onFault(lostConnection(error)));
      guardTransactions(client);
      await client.query({ text: sessionSettings, query_timeout: connectTimeoutMs } as pg.QueryConfig);
    },
  });
  // It passes on what its idle connections have said already, and must have a listener too.
  pool.on('error', () => undefined);
  return pool;
}

type Query = (...args: unknown[]) => unknown;

/**
 * Covers two gaps of transactions, which alone query with promises. A query that timed out still runs: its connection
 * would go back to the pool and answer nobody, so it is closed. And COMMIT after a failed statement answers ROLLBACK,
 * without an error: work that swallowed the failure would be told that it is committed.
 */
function guardTransactions(client: pg.ClientBase): void {
  const query = client.query.bind(client) as Query;
  const guarded: Query = (...args) => {
    const answer = query(...args);
    return answer instanceof Promise ? answer.then(refuseRollback(args[0]), closeLate) : answer;
  };
  const closeLate = (error: Error) => {
    if (error.message === 'Query read timeout') (client as pg.Client).end().catch(() => undefined);
    throw error;
  };
  client.query = guarded as typeof client.query;
}

function refuseRollback(query: unknown) {
  const commits = (query as { text?: string } | undefined)?.text === 'COMMIT';
  return (result: { command?: string }) => {
    if (commits && result.command !== 'COMMIT')
      throw new Error('PostgreSQL rolled back instead: a statement had failed.');
    return result;
  };
}

function createClient(pool: pg.Pool, log: QueryLog | undefined): PrismaClient {
  const adapter = new PrismaPg(pool);
  // Minimal: the other formats quote the calling code in messages.
  const options = {
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 3_000, timeout: transactionTimeoutMs },
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
      // "Failing row contains …": whatever is in it, the hash of a password too.
      if (error instanceof pg.DatabaseError) error.detail = undefined;
      throw error;
    } finally {
      log?.(text, performance.now() - startedAt);
    }
  };
}

/** All of them, unless the first changes nothing. `onBegun`: from then on something may have been done. */
async function commitJob(send: Send, [first, ...rest]: Prisma.Sql[], onBegun: () => void): Promise<boolean> {
  const deadline = performance.now() + transactionTimeoutMs;
  const sendInTime: Send = async (sql) => {
    // Rolled back rather than committed late: its caller may have been told that it failed (graphql.route.ts).
    if (performance.now() > deadline) throw unavailable('The database is too slow.', 2);
    return send(sql);
  };
  await sendInTime(Prisma.sql`BEGIN`);
  onBegun();
  const { rowCount } = await sendInTime(first as Prisma.Sql);
  if (rowCount) for (const statement of rest) await sendInTime(statement);
  await sendInTime(rowCount ? Prisma.sql`COMMIT` : Prisma.sql`ROLLBACK`);
  return Boolean(rowCount);
}

/** Lends a connection to `work`, and takes it back as it was; one of which that is not certain is closed. */
async function onConnection<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let isClean = true;
  try {
    return await work(connection);
  } catch (error) {
    isClean = await connection.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    connection.release(!isClean);
  }
}

/**
 * Again while PostgreSQL prefers another transaction to this one; it has undone all of this one then. Statements over
 * several rows may lock them in different orders and wait for each other: after a second one of them is run again.
 */
async function whileInConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error) || retries === conflictRetries) throw error;
    }
    await sleep((5 + Math.random() * 20) * 2 ** retries);
  }
}

/** Once more where the connection was dead, as idle ones are after the server has restarted, and nothing can have been done. */
async function onLiveConnection<T>(attempt: () => Promise<T>, mayRepeat: () => boolean): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isConnectionLost(error) || !mayRepeat()) throw error;
    return attempt();
  }
}

/** How far `Date.now()` is ahead of the server's clock, taking the answer's time as spent half each way. */
async function measureSkew(client: PrismaClient): Promise<number> {
  const before = Date.now();
  const [row] = await client.$queryRaw<
    { ms: number }[]
  >`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`;
  const after = Date.now();
  if (!row) throw new Error('PostgreSQL did not tell the time.');
  return Math.round((before + after) / 2 - row.ms) + 0; // 0 and not -0
}

/** A frozen server never says goodbye: what is left after a while may not keep the process alive. */
async function endPool(pool: pg.Pool, open: Set<pg.PoolClient>): Promise<void> {
  await within(closeTimeoutMs, pool.end());
  for (const client of open) (client as unknown as { unref(): void }).unref();
}

/** Opens a pool on the PostgreSQL database at `url`, which is migrated. Connects only when asked for something. */
export function openPostgresql(
  url: string,
  poolSize: number,
  log: QueryLog | undefined,
  onFault: (error: Error) => void,
): Database {
  const pool = createPool(url, poolSize, onFault);
  const open = new Set<pg.PoolClient>();
  pool.on('connect', (client) => open.add(client)).on('remove', (client) => open.delete(client));
  const client = createClient(pool, log);
  const send = senderOn(pool, log);
  let closed = false;

  function attempt<T>(work: () => Promise<T>, mayRepeat: () => boolean): Promise<T> {
    if (closed) return Promise.reject(unavailable('The database is closed.', 2));
    return orUnavailable(() => whileInConflict(() => onLiveConnection(work, mayRepeat)));
  }

  const harmless = () => true;
  // Whether a write was done before its connection died, nobody knows.
  const perhapsDone = () => false;

  return {
    read: (query) => attempt(async () => query(client), harmless),
    write: (statement) => attempt(async () => statement(client), perhapsDone),
    query: <Row>(sql: Prisma.Sql) => attempt(async () => (await send(sql)).rows as Row[], harmless),
    execute: (sql) => attempt(async () => (await send(sql)).rowCount ?? 0, perhapsDone),
    commit(...statements) {
      let begun = false;
      const onBegun = () => {
        begun = true;
      };
      const run = () => onConnection(pool, (lent) => commitJob(senderOn(lent, log), statements, onBegun));
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
    clockSkewMs: () => attempt(() => measureSkew(client), harmless),
    async close() {
      if (closed) return;
      closed = true;
      await client.$disconnect();
      await endPool(pool, open);
    },
  };
}
