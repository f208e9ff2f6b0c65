import { isOutage } from '../../errors.js';
import type { Database } from '../../platform/database/database.js';
import { violatedUnique } from '../../platform/database/database-errors.js';
import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { succeeded } from '../login-history/login-event.js';
import { addEvent } from '../login-history/login-history.store.js';
import { enqueueMail, type MailRequest } from '../mail/outbox.store.js';
import type { Session } from '../sessions/session.js';
import { addSession, endSurplus } from '../sessions/session.store.js';
import type { User } from '../users/user.js';
import { addUser, noteSignIn, type Taken } from '../users/user.store.js';

export type LoginStore = ReturnType<typeof createLoginStore>;

/** A new account, the mail that it is owed, and its first session; null where it may not sign in yet. */
export interface Registration {
  user: User;
  passwordHash: string;
  mail: MailRequest;
  session: Session | null;
}

export function createLoginStore(db: Database) {
  /** Whether there is an account of this id, which nobody else can have made. */
  async function isStored(id: string): Promise<boolean> {
    return (await db.query(Prisma.sql`SELECT "id" FROM "User" WHERE "id" = ${id}`)).length > 0;
  }

  return {
    /**
     * Starts the session, if the account is still active and its password still the one that was checked: no login
     * outlives a reset or a deactivation that overtook it while the password was being hashed. False: it was overtaken.
     */
    start(session: Session, passwordVersion: number): Promise<boolean> {
      const { userId, createdAt } = session;
      const signIn = noteSignIn(userId, passwordVersion, createdAt);
      return db.commit(signIn, addSession(session), endSurplus(session), addEvent(succeeded(session)));
    },

    /** Adds an account with all that belongs to it. Of concurrent callers with one email or username, one succeeds. */
    async register({ user, passwordHash, mail, session }: Registration): Promise<Taken | null> {
      const account = addUser({ ...user, lastLoginAt: session?.createdAt ?? null }, passwordHash);
      const start = session ? [addSession(session), addEvent(succeeded(session))] : [];
      try {
        await db.commit(account, enqueueMail(mail), ...start);
        return null;
      } catch (error) {
        // The answer to COMMIT may be all that was lost, and who is told to repeat it would find the address taken.
        if (isOutage(error) && (await isStored(user.id))) return null;
        const fields = violatedUnique(error);
        if (!fields) throw error;
        return fields.includes('email') ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN';
      }
    },
  };
}
