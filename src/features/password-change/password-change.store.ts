import type { Database } from '../../platform/database/database.js';
import { voidMails } from '../mail/mail-token.store.js';
import type { Session } from '../sessions/session.js';
import { addSession, endSessions, lockCaller } from '../sessions/session.store.js';
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

export function createPasswordChangeStore(db: Database) {
  return {
    /**
     * Replaces the password, ends every session, voids what could reset it, and starts the new session: all or nothing.
     * Answers the ended sessions' ids; null where the caller's session, or the password that was checked, is no more.
     */
    change({ sessionId, passwordHash, passwordVersion, session }: PasswordChange): Promise<string[] | null> {
      const { userId, createdAt: now } = session;
      return db.transaction(async (tx) => {
        if (!(await lockCaller(tx, { userId, sessionId }, now))) return null;
        const user = await replacePassword(tx, userId, passwordHash, { version: passwordVersion });
        if (!user) return null;
        const ended = await endSessions(tx, userId, now, { reason: 'PASSWORD_CHANGED' });
        await voidMails(tx, user, 'RESET');
        await tx.$executeRaw(addSession(session));
        return ended;
      });
    },
  };
}
