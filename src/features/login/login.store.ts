import type { Database } from '../../platform/database/database.js';
import { violatedUnique } from '../../platform/database/faults.js';
import { succeeded } from '../login-history/login-event.js';
import { recordEvent } from '../login-history/login-history.store.js';
import type { MailRequest } from '../mail/mail.js';
import { enqueue } from '../mail/outbox.store.js';
import type { Session } from '../sessions/session.js';
import { insertSession } from '../sessions/session.store.js';
import type { User } from '../users/user.js';
import { admitUser, insertUser, type Taken } from '../users/user.store.js';

export type LoginStore = ReturnType<typeof createLoginStore>;

/** A new account, the mail that it is owed, and its first session; null where it may not sign in yet. */
export interface Registration {
  user: User;
  passwordHash: string;
  mail: MailRequest;
  session: Session | null;
}

export function createLoginStore(db: Database) {
  return {
    /**
     * Starts the session, if the account is still active and its password still the one that was checked: no login
     * outlives a reset or a deactivation that overtook it while the password was being hashed. False: it was overtaken.
     */
    start(session: Session, passwordVersion: number): Promise<boolean> {
      return db.transaction(async (tx) => {
        if (!(await admitUser(tx, session.userId, passwordVersion, session.createdAt))) return false;
        await insertSession(tx, session);
        await recordEvent(tx, succeeded(session));
        return true;
      });
    },

    /** Adds an account with all that belongs to it. Of concurrent callers with one email or username, one succeeds. */
    async register({ user, passwordHash, mail, session }: Registration): Promise<Taken | null> {
      try {
        await db.transaction(async (tx) => {
          await insertUser(tx, { ...user, lastLoginAt: session?.createdAt ?? null }, passwordHash);
          await enqueue(tx, mail);
          if (!session) return;
          await insertSession(tx, session);
          await recordEvent(tx, succeeded(session));
        });
        return null;
      } catch (error) {
        const fields = violatedUnique(error);
        if (!fields) throw error;
        return fields.includes('email') ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN';
      }
    },
  };
}
