import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import type { Database as Handle } from 'better-sqlite3';
import { unavailable } from '../../errors.js';
import { retry } from '../retry.js';
import { timeLimits } from '../time-limits.js';
import type { Database, QueryLog } from './database.js';
import { isBusy, orUnavailable } from './database-errors.js';
import { type Prisma, PrismaClient } from './generated/sqlite/client.js';
import { createLock } from './lock.js';
import { createCommits } from './sqlite-commits.js';
import { requireWritable, watchSqliteFile } from './sqlite-file.js';
import { createStatements } from './sqlite-statements.js';

/** better-sqlite3 waits for another process's lock on the event loop: hardly at all, since `whileBusy` repeats off it. */
export const blockingTimeoutMs = 2;

/** Repeats `work` while another connection holds SQLite's lock; throws the last error after `timeoutMs`. */
export function whileBusy<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
  // The jitter keeps processes that met once from meeting again.
  return retry(work, { when: isBusy, withinMs: timeoutMs, pauseMs: () => 10 + Math.random() * 20 });
}

/** What better-sqlite3 calls a database is one connection; the adapter keeps it, undeclared. */
export function handleOf(adapter: SqlDriverAdapter): Handle {
  return (adapter as unknown as { client: Handle }).client;
}

/** Sets pragmas and reads each back: SQLite ignores what it cannot do, without an error. */
export function setPragmas(handle: Handle, pragmas: Record<string, string | number>): void {
  for (const [name, wanted] of Object.entries(pragmas)) {
    handle.pragma(`${name} = ${wanted}`);
    const got = handle.pragma(name, { simple: true });
    if (String(got) !== String(wanted)) throw new Error(`SQLite does not take ${name} = ${wanted}: it stays ${got}.`);
  }
}

// synchronous 2 is FULL: a reopened WAL file would run at NORMAL, and lose answered writes with the power.
const pragmas = { busy_timeout: blockingTimeoutMs, journal_mode: 'wal', synchronous: 2, foreign_keys: 1 };

/**
 * Makes the adapter's transactions BEGIN IMMEDIATE: one that began as a reader and writes later fails, however often it
 * is repeated (SQLITE_BUSY_SNAPSHOT), when another process wrote in between. And its rollback rolls back what is open:
 * after a failed COMMIT the adapter leaves the transaction open (prisma/orm#29933).
 */
function beginImmediately(adapter: SqlDriverAdapter): void {
  const statement = (sql: string): SqlQuery => ({ sql, args: [], argTypes: [] });
  adapter.startTransaction = async (): Promise<Transaction> => {
    await adapter.executeRaw(statement('BEGIN IMMEDIATE'));
    return {
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      options: { usePhantomQuery: false },
      queryRaw: (query) => adapter.queryRaw(query),
      executeRaw: (query) => adapter.executeRaw(query),
      commit: () => Promise.resolve(),
      rollback: async () => rollBackLeftover(handleOf(adapter)),
    };
  };
}

/** Throws where the file takes no writes. `BEGIN IMMEDIATE` alone succeeds there, and begins a transaction that reads. */
export function tryWrite(handle: Handle): void {
  try {
    handle.exec('BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK');
  } finally {
    rollBackLeftover(handle);
  }
}

function rollBackLeftover(handle: Handle): void {
  if (handle.open && handle.inTransaction) handle.exec('ROLLBACK');
}

/** One connection, set up before Prisma sees it, whenever Prisma asks for one. */
function connector(path: string, queryOnly: 0 | 1): SqlDriverAdapterFactory & { handle(): Handle } {
  const inner = new PrismaBetterSqlite3({ url: path, timeout: blockingTimeoutMs });
  let handle: Handle | undefined;
  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    handle() {
      if (!handle) throw new Error('The database is not connected yet.');
      return handle;
    },
    async connect() {
      const adapter = await inner.connect();
      handle = handleOf(adapter);
      try {
        setPragmas(handle, { ...pragmas, query_only: queryOnly });
      } catch (error) {
        handle.close();
        throw error;
      }
      beginImmediately(adapter);
      return adapter;
    },
  };
}

const transactionOptions = { maxWait: timeLimits.sqliteTransactionStartMs, timeout: timeLimits.sqliteTransactionMs };

function createClient(adapter: SqlDriverAdapterFactory, log: QueryLog | undefined): PrismaClient {
  // Minimal: the other formats quote the calling code in messages.
  const options = { adapter, errorFormat: 'minimal', transactionOptions } as const;
  if (!log) return new PrismaClient(options);
  const client = new PrismaClient({ ...options, log: [{ emit: 'event', level: 'query' }] });
  client.$on('query', (event) => log(event.query, event.duration));
  return client as unknown as PrismaClient;
}

/**
 * Opens the SQLite file at `path`, which exists and is migrated. All that writes goes through one connection, one at a
 * time: the adapter's plain queries would otherwise run inside whatever transaction is open, and be rolled back with
 * it. Reads have a connection that cannot write. Throws where a pragma does not hold.
 */
export async function openSqlite(path: string, log: QueryLog | undefined): Promise<Database> {
  const writing = connector(path, 0);
  const reading = connector(path, 1);
  const writer = createClient(writing, log);
  const reader = createClient(reading, log);
  const lock = createLock(timeLimits.sqliteLockMs);
  let closed = false;

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    // Prisma would connect again after its disconnect.
    if (closed) throw unavailable('The database is closed.', 2);
    file.check();
    return orUnavailable(() => whileBusy(work, timeLimits.sqliteBusyMs));
  }

  function alone<T>(work: () => Promise<T>): Promise<T> {
    return lock.run(() => attempt(() => work().finally(() => rollBackLeftover(writing.handle()))));
  }

  async function close(): Promise<void> {
    if (closed) return;
    await lock.run(async () => {
      closed = true;
      // The writer last: the last connection folds the log into the file.
      await reader.$disconnect();
      await writer.$disconnect();
    });
  }

  try {
    await whileBusy(() => writer.$connect(), timeLimits.sqliteBusyMs);
    await whileBusy(() => reader.$connect(), timeLimits.sqliteBusyMs);
    await whileBusy(async () => tryWrite(writing.handle()), timeLimits.sqliteBusyMs);
  } catch (error) {
    await close();
    throw error;
  }

  const file = watchSqliteFile(path);
  const queries = createStatements(reading.handle(), log);
  const runJob = createCommits(writing.handle(), log, alone);

  return {
    read: (query) => attempt(async () => query(reader)),
    query: <Row>(sql: Prisma.Sql) => attempt(async () => queries.all<Row>(sql)),
    commit: (work) => orUnavailable(() => runJob(work)),
    write: (statement) => alone(async () => statement(writer)),
    transaction: (work) => alone(() => writer.$transaction(work)),
    async clockSkewMs() {
      await attempt(() => reader.$queryRaw`SELECT count(*) FROM "_prisma_migrations"`);
      await requireWritable(path).catch((error) => Promise.reject(unavailable('The database is read-only.', 2, error)));
      return 0;
    },
    close,
  };
}
