import type { Database } from '../../platform/database/database.js';
import { consumeToken, voidTokens } from '../mail/mail-token.store.js';
import { cancelResets } from '../mail/outbox.store.js';
import { endSessions } from '../sessions/session.store.js';
import { lockUser, markEmailVerified, replacePassword } from '../users/user.store.js';

export type PasswordResetStore = ReturnType<typeof createPasswordResetStore>;

export interface PasswordReset {
  /** Whom the token was found to belong to. */
  userId: string;
  tokenDigest: string;
  passwordHash: string;
  now: Date;
}

/** Rolls the transaction back, so that a token is not spent on nothing. */
class NotActive extends Error {}

export function createPasswordResetStore(db: Database) {
  return {
    /**
     * Spends the token, replaces the password, marks the email as verified and ends every session: all or nothing.
     * Answers the ended sessions' ids; null where the token is no longer valid, or its account closed.
     */
    async reset({ userId, tokenDigest, passwordHash, now }: PasswordReset): Promise<string[] | null> {
      try {
        return await db.transaction(async (tx) => {
          await lockUser(tx, userId);
          if ((await consumeToken(tx, { digest: tokenDigest, kind: 'RESET', now })) === null) return null;
          const user = await replacePassword(tx, userId, passwordHash);
          if (!user) throw new NotActive();
          await markEmailVerified(tx, userId, now);
          await cancelResets(tx, user.email);
          await voidTokens(tx, userId, 'RESET');
          return endSessions(tx, userId, now, { reason: 'PASSWORD_RESET' });
        });
      } catch (error) {
        if (error instanceof NotActive) return null;
        throw error;
      }
    },
  };
}
