import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import type { Database as Handle } from 'better-sqlite3';
import { unavailable } from '../../errors.js';
import type { Database, QueryLog } from './database.js';
import { isBusy, orUnavailable } from './database-errors.js';
import { type Prisma, PrismaClient } from './generated/sqlite/client.js';
import { createLock } from './lock.js';
import { createCommits } from './sqlite-commits.js';
import { createStatements } from './sqlite-statements.js';

/** better-sqlite3 waits for other processes on the event loop, so it waits hardly at all; `whileBusy` waits instead. */
const busyTimeoutMs = 2;
const busyPatienceMs = 4_000;
const lockPatienceMs = 5_000;

/**
 * The path that a `file:` URL names, relative ones from the working directory. Refuses a database in memory: reads
 * and writes have a connection each, and would each have a database of their own.
 */
export function sqlitePath(url: string): string {
  const path = url.replace(/^file:(\/\/(?=\/))?/, '');
  if (path === '' || path.startsWith(':memory:'))
    throw new Error('A SQLite database needs a file: file:./data/latchkey.db');
  return resolve(path);
}

/** Step by step: where a folder cannot be made (below /proc), Node's own recursive way tries without end. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  unlessThere(() => mkdirSync(path, { mode: 0o700 }));
}

function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes the file, and its folder, for the owner alone: it holds password hashes. What exists keeps its mode. */
export function prepareSqliteFile(path: string): void {
  makeFolder(dirname(path));
  unlessThere(() => closeSync(openSync(path, 'wx', 0o600)));
}

/** Tries again while another connection holds SQLite's lock, off the event loop; throws the last error when patience is over. */
export async function whileBusy<T>(attempt: () => Promise<T>, patienceMs: number): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    // The jitter keeps processes that met once from meeting again.
    await sleep(10 + Math.random() * 20);
    // Many who wait would otherwise fill the timers' phase for good, and whom they wait for would never hear of its files.
    await nextTurn();
  }
}

/** What better-sqlite3 calls a database is one connection; the adapter keeps it, undeclared. */
export function handleOf(adapter: SqlDriverAdapter): Handle {
  return (adapter as unknown as { client: Handle }).client;
}

/** Sets pragmas and reads each back: SQLite ignores without a word what it cannot do. */
export function setPragmas(handle: Handle, pragmas: Record<string, string | number>): void {
  for (const [name, wanted] of Object.entries(pragmas)) {
    handle.pragma(`${name} = ${wanted}`);
    const got = handle.pragma(name, { simple: true });
    if (String(got) !== String(wanted)) throw new Error(`SQLite does not take ${name} = ${wanted}: it stays ${got}.`);
  }
}

// synchronous 2 is FULL: a reopened WAL file would run at NORMAL, and lose answered writes with the power.
const pragmas = { busy_timeout: busyTimeoutMs, journal_mode: 'wal', synchronous: 2, foreign_keys: 1 };

/**
 * Makes the adapter's transactions BEGIN IMMEDIATE: one that began as a reader and writes later is refused for good
 * (SQLITE_BUSY_SNAPSHOT) when another process wrote in between, and could be refused at COMMIT. And its rollback rolls
 * back whatever is open: after a failed COMMIT the adapter leaves the transaction open (prisma/orm#29933).
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

function rollBackLeftover(handle: Handle): void {
  if (handle.open && handle.inTransaction) handle.exec('ROLLBACK');
}

/** One connection, set up before Prisma sees it, whenever Prisma asks for one. */
function connector(path: string, queryOnly: 0 | 1): SqlDriverAdapterFactory & { handle(): Handle } {
  const inner = new PrismaBetterSqlite3({ url: path, timeout: busyTimeoutMs });
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

function createClient(adapter: SqlDriverAdapterFactory, log: QueryLog | undefined): PrismaClient {
  // Minimal: the other formats quote the calling code in messages.
  const options = { adapter, errorFormat: 'minimal', transactionOptions: { maxWait: 2_000, timeout: 5_000 } } as const;
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
  const lock = createLock(lockPatienceMs);
  let closed = false;

  function attempt<T>(work: () => Promise<T>): Promise<T> {
    // Prisma would connect again after its disconnect.
    if (closed) return Promise.reject(unavailable('The database is closed.', 2));
    return orUnavailable(() => whileBusy(work, busyPatienceMs));
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
    await whileBusy(() => writer.$connect(), busyPatienceMs);
    await whileBusy(() => reader.$connect(), busyPatienceMs);
  } catch (error) {
    await close();
    throw error;
  }

  const queries = createStatements(reading.handle(), log);
  const runJob = createCommits(writing.handle(), log, alone);

  return {
    read: (query) => attempt(async () => query(reader)),
    query: <Row>(sql: Prisma.Sql) => attempt(async () => queries.all<Row>(sql)),
    commit: (work) => orUnavailable(() => runJob(work)),
    write: (statement) => alone(async () => statement(writer)),
    transaction: (work) => alone(() => writer.$transaction(work)),
    clockSkewMs: () => attempt(() => reader.$queryRaw`SELECT count(*) FROM "_prisma_migrations"`).then(() => 0),
    close,
  };
}
