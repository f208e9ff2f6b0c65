/**
 * How long each step of a request may take, in milliseconds. Each step ends before the one around it gives up, so that its
 * own error is the one that is answered, and nothing goes on after an answer; tests/platform/time-limits.test.ts holds the order.
 */
export const timeLimits = {
  /** Making a connection to PostgreSQL, or waiting for a free one of the pool; then setting it up takes this at most again. */
  connectMs: 2_000,
  /** Readiness: load balancers are answered within two seconds. */
  readinessMs: 1_500,
  /** Prisma's wait for a connection to run a transaction on. More than `connectMs`, whose error says more. */
  transactionStartMs: 3_000,
  /** One statement on PostgreSQL, by the server's clock and by ours. */
  queryMs: 4_000,
  /** A transaction, from its BEGIN; what takes longer is rolled back. */
  transactionMs: 4_500,
  /** PostgreSQL's own limit to a transaction whose node went silent: longer than any transaction of ours. */
  idleInTransactionMs: 5_000,
  /** A whole request. Within the 10 s that the contract promises where the database is slow. */
  answerMs: 9_000,
  /** What is in flight when the process is told to stop. More than `answerMs`. */
  drainMs: 10_000,
  /** Closing the connections to PostgreSQL, after which the process no longer waits for a server that is frozen. */
  closeMs: 3_000,
  /** The whole of stopping, after which the process ends by force. More than draining and closing together. */
  stopMs: 14_000,
} as const;

/** How long the start waits for a PostgreSQL that is out of reach, in milliseconds. */
export const startWaitMs = 30_000;
