import { expect, test } from 'vitest';
import { timeLimits } from '../../src/platform/time-limits.js';

/** What load balancers and clients are promised, see `Addresses` and `Behaviour that clients rely on` of the contract. */
const promised = { readinessMs: 2_000, usualAnswerMs: 5_000, answerMs: 10_000 };

test('each time limit ends before the one around it', () => {
  const t = timeLimits;
  const order: [name: string, inner: number, outer: number][] = [
    ['the pool answers before Prisma gives up waiting for it', t.connectMs, t.transactionStartMs],
    ['a statement ends before its transaction', t.queryMs, t.transactionMs],
    ['a transaction is rolled back by the node before the server ends it', t.transactionMs, t.idleInTransactionMs],
    ['a new connection and a transaction fit into a request', t.connectMs + t.transactionMs, t.answerMs],
    ['a repeated connection and a statement fit into a request', 2 * t.connectMs + t.queryMs, t.answerMs],
    ['a busy SQLite file is given up before the next in line is', t.sqliteBusyMs, t.sqliteLockMs],
    ['Prisma does not wait longer than the lock before it', t.sqliteTransactionStartMs, t.sqliteLockMs],
    ['a SQLite transaction ends within a request', t.sqliteTransactionMs, t.answerMs],
    ['a password is hashed in the promised time of most requests', t.hashMs, promised.usualAnswerMs],
    ['what is in flight is answered while stopping', t.answerMs, t.drainMs],
    ['stopping ends before it is forced', t.drainMs + t.closeMs, t.stopMs],
    ['a request is answered in the promised time', t.answerMs, promised.answerMs],
    ['readiness is answered in the promised time', t.readinessMs, promised.readinessMs],
  ];
  expect(order.filter(([, inner, outer]) => inner >= outer)).toEqual([]);
});
