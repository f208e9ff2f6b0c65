import type { Database, Transaction } from '../../platform/database/database.js';
import { violatedUnique } from '../../platform/database/database-errors.js';
import { Prisma, type User as UserRow } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { StoredPassword, User } from './user.js';

export type UserStore = ReturnType<typeof createUserStore>;

export interface Account {
  user: User;
  password: StoredPassword;
}

export interface ProfileChange {
  username?: string | null | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
}

/** Another account has it. */
export type Taken = 'EMAIL_TAKEN' | 'USERNAME_TAKEN';

function toUser(row: UserRow): User {
  const { passwordHash: _hash, passwordVersion: _version, ...user } = row;
  return user;
}

function toAccount(row: UserRow | null): Account | null {
  return row && { user: toUser(row), password: { hash: row.passwordHash, version: row.passwordVersion } };
}

export function createUserStore(db: Database) {
  return {
    async find(id: string): Promise<Account | null> {
      return toAccount(await db.read((client) => client.user.findUnique({ where: { id } })));
    },

    /** By email or username, in the form they are stored in. */
    async findBy(where: { email: string } | { username: string }): Promise<Account | null> {
      const [column, value] =
        'email' in where ? [Prisma.sql`"email"`, where.email] : [Prisma.sql`"username"`, where.username];
      const [row] = await db.query<UserRow>(Prisma.sql`SELECT * FROM "User" WHERE ${column} = ${value}`);
      return toAccount(row ?? null);
    },

    /** Which of the two another account has; the email first. Only a hint: the unique indexes decide, in `register`. */
    async taken(email: string, username: string | null): Promise<Taken | null> {
      const or = username === null ? [{ email }] : [{ email }, { username }];
      const rows = await db.read((client) => client.user.findMany({ where: { OR: or }, select: { email: true } }));
      if (rows.length === 0) return null;
      return rows.some((row) => row.email === email) ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN';
    },

    /**
     * Changes the profile of an active account, provided that the session it is changed under is still live. Null
     * where either is not so; `USERNAME_TAKEN` where another account has the name.
     */
    async updateProfile(
      caller: { userId: string; sessionId: string },
      change: ProfileChange,
      now: Date,
    ): Promise<User | 'USERNAME_TAKEN' | null> {
      const liveSession = { some: { id: caller.sessionId, endedAt: null, expiresAt: { gt: now } } };
      try {
        return await db.transaction(async (tx) => {
          // The lock first: a statement that had to wait for it would still see the sessions as they were before.
          if (!(await lockActiveUser(tx, caller.userId))) return null;
          const where = { id: caller.userId, sessions: liveSession };
          const rows = await tx.user.updateManyAndReturn({
            where,
            data: { ...changesNothing, ...dropUndefined(change) },
          });
          return rows[0] ? toUser(rows[0]) : null;
        });
      } catch (error) {
        if (violatedUnique(error)) return 'USERNAME_TAKEN';
        throw error;
      }
    },

    /** Replaces a hash by one of the same password, unless the password was changed meanwhile. */
    async renewHash(id: string, oldHash: string, newHash: string): Promise<void> {
      const where = { id, passwordHash: oldHash };
      await db.write((client) => client.user.updateMany({ where, data: { passwordHash: newHash } }));
    },

    /** Every account in the order of its making, read in batches. */
    async *all(): AsyncGenerator<User> {
      let after = '';
      for (;;) {
        const where = { id: { gt: after } };
        const rows = await db.read((client) => client.user.findMany({ where, orderBy: { id: 'asc' }, take: 500 }));
        yield* rows.map(toUser);
        const last = rows.at(-1);
        if (!last) return;
        after = last.id;
      }
    },

    async reactivate(id: string): Promise<void> {
      await db.write((client) => client.user.updateMany({ where: { id }, data: { deactivatedAt: null } }));
    },
  };
}

// Statements, which do nothing until `commit` or `execute` runs them.

/** The statement that adds the account. */
export function addUser(user: User, passwordHash: string): Prisma.Sql {
  return insertInto('User', { ...user, passwordHash });
}

/**
 * The statement that notes a sign-in, of an active account whose password is still the one that was checked; else it
 * changes nothing. It takes the lock of the user's row, too.
 */
export function noteSignIn(id: string, passwordVersion: number, now: Date): Prisma.Sql {
  return Prisma.sql`UPDATE "User" SET "lastLoginAt" = ${now}
    WHERE "id" = ${id} AND "passwordVersion" = ${passwordVersion} AND "deactivatedAt" IS NULL`;
}

// Steps of transactions, which act at once. The first to run takes the lock of the user's row, so that sign-ins, password
// changes, deactivations and mass logouts of one account come one after the other.

/** For a write whose point is the lock. Not the id: to lock a key is to block all that refers to it. */
const changesNothing = { passwordVersion: { increment: 0 } };

/** Takes the lock of an active user's row for the rest of the transaction. False: there is no such active user. */
export async function lockActiveUser(tx: Transaction, id: string): Promise<boolean> {
  const { count } = await tx.user.updateMany({ where: { id, deactivatedAt: null }, data: changesNothing });
  return count === 1;
}

/** Replaces the password of an active account, if it is still the one that was checked (where that matters). */
export async function replacePassword(
  tx: Transaction,
  id: string,
  newHash: string,
  expected: { version?: number } = {},
): Promise<User | null> {
  const where = stillAsChecked(id, expected);
  const data = { passwordHash: newHash, passwordVersion: { increment: 1 } };
  const rows = await tx.user.updateManyAndReturn({ where, data });
  return rows[0] ? toUser(rows[0]) : null;
}

/** Closes an active account, if its password is still the one that was checked (where that matters). */
export async function closeAccount(
  tx: Transaction,
  id: string,
  now: Date,
  expected: { version?: number } = {},
): Promise<User | null> {
  const where = stillAsChecked(id, expected);
  const rows = await tx.user.updateManyAndReturn({ where, data: { deactivatedAt: now } });
  return rows[0] ? toUser(rows[0]) : null;
}

/** Notes that the mailbox of this account, whose lock is held, has been proved. An earlier proof keeps its date. */
export async function markEmailVerified(tx: Transaction, id: string, now: Date): Promise<User> {
  await tx.user.updateMany({ where: { id, emailVerifiedAt: null }, data: { emailVerifiedAt: now } });
  return toUser(await tx.user.findUniqueOrThrow({ where: { id } }));
}

function stillAsChecked(id: string, expected: { version?: number }) {
  const active = { id, deactivatedAt: null };
  return expected.version === undefined ? active : { ...active, passwordVersion: expected.version };
}

function dropUndefined(change: ProfileChange) {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
