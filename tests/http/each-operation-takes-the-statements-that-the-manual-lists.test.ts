import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LoginHistoryDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
} from '../client/generated/graphql.js';
import { root } from '../support/built.js';
import { engines } from '../support/databases.js';
import { startLatchkey } from '../support/latchkey.js';

interface Counts {
  reads: number;
  writes: number;
  transaction: boolean;
  roundTrips: number;
}

/** The table of docs/performance.md. */
async function readTable(): Promise<Map<string, Counts>> {
  const text = await readFile(path.join(root, 'docs/performance.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)` \| (\d+) \| (yes)? ?\| (\d+) \| (\d+) \|$/gm);
  return new Map(
    [...rows].map(([, name = '', reads, transaction, writes, roundTrips]) => [
      name,
      {
        reads: Number(reads),
        writes: Number(writes),
        transaction: transaction === 'yes',
        roundTrips: Number(roundTrips),
      },
    ]),
  );
}

function count(statements: string[]): Counts {
  const having = (start: RegExp) => statements.filter((sql) => start.test(sql.trim())).length;
  const [reads, writes, begins, commits] = [/^SELECT/, /^(INSERT|UPDATE|DELETE)/, /^BEGIN/, /^COMMIT/].map(having);
  const transaction = commits === 1;
  // Prisma says COMMIT where it says nothing of BEGIN.
  const ends = transaction ? Math.max(2, (begins ?? 0) + (commits ?? 0)) : 0;
  return { reads: reads ?? 0, writes: writes ?? 0, transaction, roundTrips: (reads ?? 0) + (writes ?? 0) + ends };
}

test.each(engines)('on %s', async (engine) => {
  const latchkey = await startLatchkey(engine, { LOG_LEVEL: 'debug' });
  const counted = new Map<string, Counts>();

  /** What the operation's own work is: not the keys, which are read by the second, nor the sending of mail. */
  async function measure<T>(name: string, operation: () => Promise<T>): Promise<T> {
    const from = latchkey.logs.length;
    const answer = await operation();
    const entries = latchkey.logs.slice(from).map((line) => JSON.parse(line));
    const end = entries.findIndex(({ msg }) => msg === 'request');
    const statements = entries.slice(0, end).flatMap(({ msg, sql }) => (msg === 'sql' ? [String(sql)] : []));
    const elsewhere = /"SigningKey"|`SigningKey`|(SELECT|UPDATE) .*OutboxMail.*(WHERE|nextAttemptAt)/s;
    counted.set(name, count(statements.filter((sql) => !elsewhere.test(sql))));
    return answer;
  }

  /** What an operation leaves to be done in the background is done, and not counted to the next one. */
  const done = (times: number, what: RegExp) =>
    expect.poll(() => latchkey.logs.filter((line) => what.test(line)).length).toBe(times);
  const trimming = /"sql":"DELETE FROM \\"Event\\" WHERE \\"userId\\"/;

  const account = await measure('signup', () => latchkey.newAccount());
  await done(1, /"msg":"mail sent"/);
  await done(1, trimming);
  const input = { email: account.email, password: account.password };
  const { login } = await measure('login', () => latchkey.client().ask(LoginDocument, { input }));
  await done(2, trimming);
  const client = latchkey.client({ token: login.accessToken });
  await measure('me', () => client.ask(MeDocument));
  await measure('activeSessions', () => client.ask(ActiveSessionsDocument, {}));
  await measure('loginHistory', () => client.ask(LoginHistoryDocument, {}));
  await measure('refresh', () => latchkey.client().ask(RefreshDocument, { refreshToken: login.refreshToken ?? '' }));
  await measure('logout', () => client.ask(LogoutDocument, {}));

  const table = await readTable();
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(table));
});
