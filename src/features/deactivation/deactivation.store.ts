import type { Database } from '../../platform/database/database.js';
import { voidTokens } from '../mail/mail-token.store.js';
import { cancelMails } from '../mail/outbox.store.js';
import { endSessions } from '../sessions/session.store.js';
import { closeAccount } from '../users/user.store.js';

export type DeactivationStore = ReturnType<typeof createDeactivationStore>;

export interface Deactivation {
  userId: string;
  /** The session under which it is asked for; none where the operator asks. */
  sessionId?: string;
  /** Of the password that was checked; none where the operator asks. */
  passwordVersion?: number;
  now: Date;
}

/** Rolls the transaction back: the session under which it was asked for is over. */
class CallerGone extends Error {}

export function createDeactivationStore(db: Database) {
  return {
    /**
     * Closes the account to sign-in, ends every session and voids every mailed token: all or nothing. Answers the ended
     * sessions' ids; null where the account is closed already, or the caller's session or password is no more.
     */
    async deactivate({ userId, sessionId, passwordVersion, now }: Deactivation): Promise<string[] | null> {
      const expected = passwordVersion === undefined ? {} : { version: passwordVersion };
      try {
        return await db.transaction(async (tx) => {
          const user = await closeAccount(tx, userId, now, expected);
          if (!user) return null;
          const ended = await endSessions(tx, userId, now, { reason: 'DEACTIVATED' });
          if (sessionId !== undefined && !ended.includes(sessionId)) throw new CallerGone();
          await cancelMails(tx, user.email);
          await voidTokens(tx, userId);
          return ended;
        });
      } catch (error) {
        if (error instanceof CallerGone) return null;
        throw error;
      }
    },
  };
}
