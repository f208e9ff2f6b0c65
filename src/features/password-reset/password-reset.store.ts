import type { Database } from '../../platform/database/database.js';
import { consumeToken, voidMails } from '../mail/mail-token.store.js';
import { endSessions } from '../sessions/session.store.js';
import { lockActiveUser, markEmailVerified, replacePassword } from '../users/user.store.js';

export type PasswordResetStore = ReturnType<typeof createPasswordResetStore>;

export interface PasswordReset {
  /** Whom the token was found to belong to. */
  userId: string;
  tokenDigest: string;
  passwordHash: string;
  now: Date;
}

export function createPasswordResetStore(db: Database) {
  return {
    /**
     * Spends the token, replaces the password, marks the email as verified and ends every session: all or nothing.
     * Answers the ended sessions' ids; null where the token is no longer valid, or its account closed.
     */
    reset({ userId, tokenDigest, passwordHash, now }: PasswordReset): Promise<string[] | null> {
      return db.transaction(async (tx) => {
        if (!(await lockActiveUser(tx, userId))) return null;
        if ((await consumeToken(tx, { digest: tokenDigest, kind: 'RESET', now })) === null) return null;
        const user = await replacePassword(tx, userId, passwordHash);
        if (!user) throw new Error('An account that was locked as active is not.'); // so that the token stays unspent
        await markEmailVerified(tx, userId, now);
        await voidMails(tx, user, 'RESET');
        return endSessions(tx, userId, now, { reason: 'PASSWORD_RESET' });
      });
    },
  };
}
