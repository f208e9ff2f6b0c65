import type { Database } from '../../platform/database/database.js';
import { consumeToken } from '../mail/mail-token.store.js';
import type { User } from '../users/user.js';
import { lockActiveUser, markEmailVerified } from '../users/user.store.js';

export type EmailVerificationStore = ReturnType<typeof createEmailVerificationStore>;

export function createEmailVerificationStore(db: Database) {
  return {
    /** Spends this user's token and marks the address as verified. Null where the token is not valid (any more). */
    verify(userId: string, digest: string, now: Date): Promise<User | null> {
      return db.transaction(async (tx) => {
        if (!(await lockActiveUser(tx, userId))) return null;
        const owner = await consumeToken(tx, { digest, kind: 'VERIFICATION', now });
        return owner === null ? null : markEmailVerified(tx, owner, now);
      });
    },
  };
}
