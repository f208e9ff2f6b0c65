import type { Prisma, PrismaClient } from './generated/sqlite/client.js';
import type { Commit, Rows, Statement } from './statement.js';

/** Code is typed against the SQLite client; the PostgreSQL one is the same models and is cast once, in postgresql.ts. */
export type Client = Omit<PrismaClient, '$transaction' | '$connect' | '$disconnect' | '$on' | '$extends'>;
export type Transaction = Prisma.TransactionClient;

/** Called with each statement, without its values, and the milliseconds it took. */
export type QueryLog = (sql: string, ms: number) => void;

/**
 * An open, migrated database. Each verb throws `AuthError('SERVICE_UNAVAILABLE')` where the database is out of reach,
 * read-only for what writes, stopping, or too busy to answer in time; other errors of Prisma or the driver pass through.
 *
 * Stores in Prisma (`x.store.ts`) use `read`, `write` and `transaction`. Statements in SQL (`x.sql.ts`) are for what nearly
 * every request passes, what features compose into one commit, and what Prisma cannot say: they use `query` and `commit`.
 */
export interface Database {
  /** A query that changes nothing. It sees every write that has been answered. */
  read<T>(query: (client: Client) => Promise<T>): Promise<T>;
  /**
   * One statement that writes; it is committed when this resolves. After SERVICE_UNAVAILABLE it may be committed or not,
   * if the connection was lost before the answer: use it for statements that can be repeated.
   */
  write<T>(statement: (client: Client) => Promise<T>): Promise<T>;
  /**
   * Several statements, all or none, with decisions in between. What `work` throws rolls back and is thrown on. `work` may
   * run again from its start (a busy SQLite, a serialisation failure), so it awaits nothing but `tx` and changes nothing
   * outside it.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * The rows of a query in SQL. One text for both engines. A column that is a date comes as one; what is computed from it
   * does not, on SQLite, and a count is a text on PostgreSQL.
   */
  query<Row>(sql: Statement): Promise<Row[]>;
  /**
   * Statements in SQL, all or none, with no decision in between. Answers what each statement returned (RETURNING), those
   * of `confirm` first; null where one of `confirm` changed no row, and then nothing was done. After SERVICE_UNAVAILABLE it
   * may have been done or not, as after `write`.
   */
  commit(work: Commit): Promise<Rows[] | null>;
  /**
   * How far this machine's clock is ahead of the database's, in milliseconds: 0 on SQLite, which has none of its own.
   * Asks the database in any case, and throws SERVICE_UNAVAILABLE where it takes no writes: readiness is judged by it.
   */
  clockSkewMs(): Promise<number>;
  close(): Promise<void>;
}
