/**
 * How long each step of a request may take, in milliseconds. A step ends before the one around it gives up, so that its own
 * error is the one that is answered, and little goes on after an answer. tests/platform/time-limits.test.ts holds the order.
 */
export const timeLimits = {
  // ---- PostgreSQL
  /** Making a connection, or waiting for a free one of the pool. Setting a new one up may take as long again. */
  connectMs: 2_000,
  /** Prisma's wait for a connection to run a transaction on. More than `connectMs`, whose error says more. */
  transactionStartMs: 3_000,
  /** One statement, by the server's clock and by ours. */
  queryMs: 4_000,
  /** A transaction from its BEGIN on; one that takes longer is rolled back. */
  transactionMs: 4_500,
  /** The server's own limit to a transaction whose node went silent. Longer than any transaction of ours. */
  idleInTransactionMs: 5_000,

  // ---- SQLite
  /** Repeating a statement while another process holds the file's lock. */
  sqliteBusyMs: 4_000,
  /** Waiting for the one connection that writes. */
  sqliteLockMs: 5_000,
  /** Prisma's wait for that connection; the lock before it lets one through at a time. */
  sqliteTransactionStartMs: 2_000,
  /** A transaction from its BEGIN on; one that takes longer is rolled back. */
  sqliteTransactionMs: 5_000,

  // ---- A request
  /** Receiving a request, and its headers alone. */
  receiveMs: 10_000,
  /** Hashing a password, the wait for a thread included. The rest of the promised 5 s is for the database and a busy machine. */
  hashMs: 4_000,
  /** A readiness check: load balancers are answered within two seconds. */
  readinessMs: 1_500,
  /** A whole GraphQL request. Less than the 10 s that clients are promised where the database is slow. */
  answerMs: 9_000,

  // ---- Stopping
  /** Answering what is in flight. Longer than `answerMs`. */
  drainMs: 10_000,
  /** Closing the connections to PostgreSQL; a server that is frozen closes none. */
  closeMs: 3_000,
  /** All of it, after which the process ends by force. Longer than draining and closing together; supervisors often kill after 15 s. */
  stopMs: 14_000,
} as const;

/** How long the start waits for a PostgreSQL that is out of reach, in milliseconds. */
export const startWaitMs = 30_000;
