import type { Database } from '../../platform/database/database.js';
import { voidTokens } from '../mail/mail-token.store.js';
import { cancelResets } from '../mail/outbox.store.js';
import type { Session } from '../sessions/session.js';
import { endSessions, insertSession } from '../sessions/session.store.js';
import { replacePassword } from '../users/user.store.js';

export type PasswordChangeStore = ReturnType<typeof createPasswordChangeStore>;

export interface PasswordChange {
  /** The session under which it is asked for. */
  sessionId: string;
  passwordHash: string;
  /** Of the password that was checked. */
  passwordVersion: number;
  /** The caller's new session. */
  session: Session;
}

/** Rolls the transaction back: the session under which the change was asked for is over. */
class CallerGone extends Error {}

export function createPasswordChangeStore(db: Database) {
  return {
    /**
     * Replaces the password, ends every session, voids what could reset it, and starts the new session: all or nothing.
     * Answers the ended sessions' ids; null where the caller's session, or the password that was checked, is no more.
     */
    async change({ sessionId, passwordHash, passwordVersion, session }: PasswordChange): Promise<string[] | null> {
      const { userId, createdAt: now } = session;
      try {
        return await db.transaction(async (tx) => {
          const user = await replacePassword(tx, userId, passwordHash, { version: passwordVersion });
          if (!user) return null;
          const ended = await endSessions(tx, userId, now, { reason: 'PASSWORD_CHANGED' });
          if (!ended.includes(sessionId)) throw new CallerGone();
          await cancelResets(tx, user.email);
          await voidTokens(tx, userId, 'RESET');
          await insertSession(tx, session);
          return ended;
        });
      } catch (error) {
        if (error instanceof CallerGone) return null;
        throw error;
      }
    },
  };
}
