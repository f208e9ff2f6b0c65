import type { Database } from '../../platform/database/database.js';
import type { User } from '../users/user.js';
import { type JoinedUser, splitUser } from '../users/user.sql.js';
import { type HashedPassword, type PasswordRow, passwordByName, renewHash } from './password.sql.js';

export type PasswordStore = ReturnType<typeof createPasswordStore>;

/** What checking a password needs. */
export interface PasswordCheck {
  /** Null: there is no such account. */
  user: User | null;
  /** Null: the account has no password. */
  hash: string | null;
  /** Of all stored hashes; null where there is none. */
  highestCost: number | null;
}

export function createPasswordStore(db: Database) {
  return {
    /** By email or username, in the form they are stored in. */
    async findByName(name: { email: string } | { username: string }): Promise<PasswordCheck> {
      const [row] = await db.query<PasswordRow>(passwordByName(name));
      if (!row) throw new Error('An aggregate answered no row.');
      const { hash, highestCost } = row;
      const user = row.uid === null ? null : splitUser(row as JoinedUser & PasswordRow).user;
      return { user, hash, highestCost };
    },

    /** The hash of this account's password; null where it has none. */
    async findHash(userId: string): Promise<string | null> {
      const row = await db.read((client) => client.password.findUnique({ where: { userId } }));
      return row?.hash ?? null;
    },

    /** Replaces a hash by one of the same password, unless the password was changed since it was read. */
    async renewHash(userId: string, oldHash: string, renewed: HashedPassword): Promise<void> {
      await db.commit({ confirm: [renewHash(userId, oldHash, renewed)] });
    },
  };
}
