import type { Prisma, PrismaClient } from './generated/sqlite/client.js';

/** Code is typed against the SQLite client; the PostgreSQL one is the same models and is cast once, in postgresql.ts. */
export type Client = Omit<PrismaClient, '$transaction' | '$connect' | '$disconnect' | '$on' | '$extends'>;
export type Transaction = Prisma.TransactionClient;

/** Called with each statement, without its values, and the milliseconds it took. */
export type QueryLog = (sql: string, ms: number) => void;

/**
 * An open, migrated database. Each verb throws `AuthError('SERVICE_UNAVAILABLE')` where the database is out of reach,
 * read-only for what writes, stopping, or too busy to answer in time; other errors of Prisma or the driver pass through.
 */
export interface Database {
  // In Prisma: `read`, `write` (one statement), `transaction` (several). In SQL, past Prisma: `query`, `execute` (one
  // statement), `commit` (several, with nothing decided in between). Take Prisma. Take SQL where nearly every request, sign-in or
  // refresh passes, for what a node asks by itself all the time, or where Prisma cannot say it.

  /** A query that changes nothing. It sees every write that has been answered. */
  read<T>(query: (client: Client) => Promise<T>): Promise<T>;
  /**
   * One statement that writes; it is committed when this resolves. After SERVICE_UNAVAILABLE it may be committed or not,
   * if the connection was lost before the answer: use it for statements that can be repeated.
   */
  write<T>(statement: (client: Client) => Promise<T>): Promise<T>;
  /**
   * The rows of a query in SQL: like `read`, past Prisma, for what nearly every request asks (docs/performance.md). One
   * text for both engines. A date column answers dates; an expression on one does not, on SQLite; and a count is a text
   * on PostgreSQL.
   */
  query<Row>(sql: Prisma.Sql): Promise<Row[]>;
  /** One statement in SQL that writes: like `write`, past Prisma. Answers how many rows it changed. */
  execute(sql: Prisma.Sql): Promise<number>;
  /**
   * Several statements in SQL, all or none, in this order. Where the first changes no row, none is done: false. Cheaper than
   * `transaction`, for what needs no answer in between. After SERVICE_UNAVAILABLE it may be committed or not, like `write`.
   */
  commit(first: Prisma.Sql, ...rest: Prisma.Sql[]): Promise<boolean>;
  /**
   * Several statements, all or none. What `work` throws rolls back and is thrown on. `work` may run again from its
   * start (a busy SQLite, a serialisation failure), so it awaits nothing but `tx` and changes nothing outside it.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * How far this machine's clock is ahead of the database's, in milliseconds: 0 on SQLite, which has none of its own.
   * Asks the database in any case, and throws SERVICE_UNAVAILABLE where it takes no writes: readiness is judged by it.
   */
  clockSkewMs(): Promise<number>;
  close(): Promise<void>;
}
