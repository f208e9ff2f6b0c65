import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { within } from '../patience.js';
import { isUnavailable } from './faults.js';

type Query = (...args: unknown[]) => unknown;

/** How long a transaction's fate is asked for. Whoever waits for it has been waiting already, and is promised an answer. */
const askForMs = 2_500;
const askAgainMs = 100;

/**
 * Covers three gaps of transactions, which alone query with promises. A query that timed out still runs: its connection
 * would go back to the pool and answer nobody, so it is closed. COMMIT after a failed statement answers ROLLBACK,
 * without an error: work that swallowed the failure would be told that it is committed. And where the answer to COMMIT
 * is lost, PostgreSQL is asked on another connection (`connect`) what has become of it.
 */
export function guardTransactions(client: pg.ClientBase, connect: () => pg.Client): void {
  const query = client.query.bind(client) as Query;
  const wait = async (...args: unknown[]) => {
    try {
      return await query(...args);
    } catch (error) {
      if ((error as Error).message === 'Query read timeout') (client as pg.Client).end().catch(() => undefined);
      throw error;
    }
  };
  let xid: string | null = null;

  /** In one message, so that knowing its id costs a transaction no round trip. */
  async function begin(): Promise<unknown> {
    xid = null;
    const text = 'BEGIN; SELECT pg_current_xact_id()::text';
    const [begun, named] = (await wait({ text, rowMode: 'array' })) as pg.QueryArrayResult<[string]>[];
    xid = named?.rows[0]?.[0] ?? null;
    return begun;
  }

  async function commit(): Promise<unknown> {
    const result = (await wait({ text: 'COMMIT' }).catch(async (error: unknown) => {
      if (xid !== null && isUnavailable(error) && (await wasCommitted(xid, connect))) return committed;
      throw error;
    })) as { command?: string };
    if (result.command !== 'COMMIT') throw new Error('PostgreSQL rolled back instead: a statement had failed.');
    return result;
  }

  const guarded: Query = (...args) => {
    const { text } = (args[0] ?? {}) as { text?: string };
    if (args.length > 1) return query(...args); // the pool's own, with a callback
    if (text === 'BEGIN') return begin();
    return text === 'COMMIT' ? commit() : wait(...args);
  };
  client.query = guarded as typeof client.query;
}

const committed = { command: 'COMMIT', rowCount: null, rows: [], fields: [] };

/** Whether it was committed after all. False too where nobody can be asked in time: then it stays unknown. */
async function wasCommitted(xid: string, connect: () => pg.Client): Promise<boolean> {
  const deadline = performance.now() + askForMs;
  for (let left = askForMs; left > 0; left = deadline - performance.now()) {
    const fate = await within(
      left,
      fateOf(xid, connect()).catch(() => null),
    );
    if (fate === 'committed' || fate === 'aborted') return fate === 'committed';
    await sleep(askAgainMs);
  }
  return false;
}

/** `in progress` where the server has not noticed yet that its client has gone. */
async function fateOf(xid: string, client: pg.Client): Promise<string | null> {
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ fate: string | null }>('SELECT pg_xact_status($1::xid8) AS fate', [xid]);
    return rows[0]?.fate ?? null;
  } finally {
    client.end().catch(() => undefined);
  }
}
