import type { Database } from '../../platform/database/database.js';
import type { Event } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { spendToken, voidTokens } from '../mail/mail.sql.js';
import type { User } from '../users/user.js';
import { verifyEmail } from '../users/user.sql.js';
import { verificationMail } from './email-verification.mail.js';

export type EmailVerificationStore = ReturnType<typeof createEmailVerificationStore>;

export interface EmailVerification {
  /** The account that the token was found to belong to. */
  userId: string;
  digest: string;
  now: Date;
  event: Event;
}

export function createEmailVerificationStore(db: Database) {
  return {
    /** Spends the token and marks the address as verified. Null where the token is not valid any more. */
    async verify({ userId, digest, now, event }: EmailVerification): Promise<User | null> {
      const returned = await db.commit({
        confirm: [verifyEmail(userId, now), spendToken(userId, digest, verificationMail.name, now)],
        also: [voidTokens(userId, verificationMail.name), insertEvent(event)],
      });
      return returned && (returned[0]?.[0] as unknown as User);
    },
  };
}
