import type { Prisma } from './generated/sqlite/client.js';

/**
 * A statement in SQL, for both engines, that does nothing until a database runs it. Stores make statements, and features
 * compose them into one commit.
 */
export type Statement = Prisma.Sql;

/** Statements that are done all or none. */
export interface Commit {
  /** Done first, in this order. Where one of them changes no row, nothing is done. */
  confirm: readonly [Statement, ...Statement[]];
  also?: readonly Statement[];
}

/** What a statement with RETURNING answered. */
export type Rows = readonly Record<string, unknown>[];
