import type { Database } from '../../platform/database/database.js';
import type { Event } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { spendToken, voidTokens, withdrawMails } from '../mail/mail.sql.js';
import { endSessions, liveIds } from '../sessions/session.sql.js';
import { recoverCredentials } from '../users/user.sql.js';
import { type HashedPassword, setPassword } from './password.sql.js';
import { passwordResetMail } from './password-reset.mail.js';

export type PasswordResetStore = ReturnType<typeof createPasswordResetStore>;

export interface PasswordReset {
  /** The account that the token was found to belong to. */
  userId: string;
  tokenDigest: string;
  password: HashedPassword;
  now: Date;
  event: Event;
}

export function createPasswordResetStore(db: Database) {
  return {
    /**
     * Spends the token, sets the password, marks the email as verified and ends every session: all or nothing. Answers the
     * ended sessions' ids; null where the token is no longer valid, or its account deactivated.
     */
    async reset({ userId, tokenDigest, password, now, event }: PasswordReset): Promise<string[] | null> {
      const returned = await db.commit({
        confirm: [recoverCredentials(userId, now), spendToken(userId, tokenDigest, passwordResetMail.name, now)],
        also: [
          endSessions(userId, now, 'PASSWORD_RESET'),
          setPassword(userId, password),
          voidTokens(userId, passwordResetMail.name),
          withdrawMails(userId, passwordResetMail.name),
          insertEvent(event),
        ],
      });
      return returned && liveIds(returned[2], now);
    },
  };
}
