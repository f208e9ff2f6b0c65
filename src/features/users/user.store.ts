import type { Database, Transaction } from '../../platform/database/database.js';
import { violatedUnique } from '../../platform/database/database-errors.js';
import type { Taken, User } from './user.js';

export type UserStore = ReturnType<typeof createUserStore>;

export function createUserStore(db: Database) {
  return {
    find(id: string): Promise<User | null> {
      return db.read((client) => client.user.findUnique({ where: { id } }));
    },

    /** By the address in the form it is stored in. */
    findByEmail(email: string): Promise<User | null> {
      return db.read((client) => client.user.findUnique({ where: { email } }));
    },

    /** Which of the two another account has; the email first. Only a hint: the unique indexes decide. */
    async taken(email: string, username: string | null): Promise<Taken | null> {
      const or = username === null ? [{ email }] : [{ email }, { username }];
      const rows = await db.read((client) => client.user.findMany({ where: { OR: or }, select: { email: true } }));
      if (rows.length === 0) return null;
      return rows.some((row) => row.email === email) ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN';
    },

    /** Every account in the order of its making, read in batches. */
    async *all(): AsyncGenerator<User> {
      let after = '';
      for (;;) {
        const where = { id: { gt: after } };
        const rows = await db.read((client) => client.user.findMany({ where, orderBy: { id: 'asc' }, take: 500 }));
        yield* rows;
        const last = rows.at(-1);
        if (!last) return;
        after = last.id;
      }
    },
  };
}

/** Which field of an account a rejected write would have repeated; null for any other error. */
export function takenBy(error: unknown): Taken | null {
  const fields = violatedUnique(error) ?? [];
  if (fields.includes('email')) return 'EMAIL_TAKEN';
  return fields.includes('username') ? 'USERNAME_TAKEN' : null;
}

/** Takes the lock of an active account's row for the rest of the transaction. False: there is no such active account. */
export async function lockActiveUser(tx: Transaction, id: string): Promise<boolean> {
  const data = { credentialsVersion: { increment: 0 } };
  const { count } = await tx.user.updateMany({ where: { id, deactivatedAt: null }, data });
  return count === 1;
}
