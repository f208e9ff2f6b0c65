import type { Prisma, PrismaClient } from './generated/sqlite/client.js';

/** Code is typed against the SQLite client; the PostgreSQL one is the same models and is cast once, in postgresql.ts. */
export type Client = Omit<PrismaClient, '$transaction' | '$connect' | '$disconnect' | '$on' | '$extends'>;
export type Transaction = Prisma.TransactionClient;

/** Called with each statement, without its values, and the milliseconds it took. */
export type QueryLog = (sql: string, ms: number) => void;

/**
 * An open, migrated database. Each verb throws `AuthError('SERVICE_UNAVAILABLE')` where the database is out of reach,
 * stopping, or too busy to answer in time; everything else that Prisma or the driver throws passes through.
 */
export interface Database {
  // In Prisma: `read`, `write` (one statement), `transaction` (several). In SQL, past Prisma: `query`, `execute` (one
  // statement), `commit` (several, with nothing decided in between). Take Prisma. Take SQL where nearly every request, sign-in or
  // refresh passes, for what a node asks by itself all the time, or where Prisma cannot say it.

  /** A query that changes nothing. It sees every write that has been answered. */
  read<T>(query: (client: Client) => Promise<T>): Promise<T>;
  /**
   * One statement that writes; it is committed when this resolves. After SERVICE_UNAVAILABLE it may have been done or
   * not, where the connection was lost under it: only a statement that can be repeated belongs here.
   */
  write<T>(statement: (client: Client) => Promise<T>): Promise<T>;
  /**
   * The rows of a query in SQL: what `read` is, past Prisma, for what nearly every request asks (docs/performance.md). One
   * text for both engines. A column that is a date comes as one; what is computed from it does not, on
   * SQLite, and a count is a text on PostgreSQL.
   */
  query<Row>(sql: Prisma.Sql): Promise<Row[]>;
  /**
   * One statement in SQL that writes: what `write` is, past Prisma. Answers how many rows it changed.
   */
  execute(sql: Prisma.Sql): Promise<number>;
  /**
   * Several statements in SQL, all or none, in this order. Where the first changes no row, none is done: false. Cheaper than
   * `transaction`, for what needs no answer in between. After SERVICE_UNAVAILABLE it may have been done all the same, as
   * after that of `write` and `execute`.
   */
  commit(first: Prisma.Sql, ...rest: Prisma.Sql[]): Promise<boolean>;
  /**
   * Several statements, all or none. What `work` throws rolls back and is thrown on. `work` may run again from its
   * start (a busy SQLite, a serialisation failure), so it awaits nothing but `tx` and changes nothing outside it.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * How far this machine's clock is ahead of the database's, in milliseconds: 0 on SQLite, which has none of its own.
   * Asks the database in any case, so it is also how to find out whether it is there.
   */
  clockSkewMs(): Promise<number>;
  close(): Promise<void>;
}
