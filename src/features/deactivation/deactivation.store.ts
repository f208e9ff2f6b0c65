import type { Database } from '../../platform/database/database.js';
import { voidMails } from '../mail/mail-token.store.js';
import { endSessions, lockCaller } from '../sessions/session.store.js';
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

export function createDeactivationStore(db: Database) {
  return {
    /**
     * Closes the account to sign-in, ends every session and voids every mailed token: all or nothing. Answers the ended
     * sessions' ids; null where the account is closed already, or the caller's session or password is no more.
     */
    deactivate({ userId, sessionId, passwordVersion, now }: Deactivation): Promise<string[] | null> {
      const expected = passwordVersion === undefined ? {} : { version: passwordVersion };
      return db.transaction(async (tx) => {
        if (sessionId !== undefined && !(await lockCaller(tx, { userId, sessionId }, now))) return null;
        const user = await closeAccount(tx, userId, now, expected);
        if (!user) return null;
        const ended = await endSessions(tx, userId, now, { reason: 'DEACTIVATED' });
        await voidMails(tx, user);
        return ended;
      });
    },
  };
}
