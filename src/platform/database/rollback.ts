import type { Database, Transaction } from './database.js';

/** Thrown by the work of a transaction that has found out too late that it may not be done. */
class Rollback extends Error {}

/** Undoes the transaction of `transactionOrNull`, which then answers null. */
export function rollBack(): never {
  throw new Rollback();
}

/** A transaction whose work may still call `rollBack` after it has written: null, and nothing was changed. */
export async function transactionOrNull<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T | null>,
): Promise<T | null> {
  try {
    return await db.transaction(work);
  } catch (error) {
    if (error instanceof Rollback) return null;
    throw error;
  }
}
