import type { Statement } from '../../platform/database/statement.js';
import { enqueueMail } from '../mail/mail.sql.js';
import type { MailKind } from '../mail/mail-kind.js';
import { isActive, type User } from '../users/user.js';

export const verificationMail: MailKind = {
  name: 'VERIFICATION',
  link: { page: 'verify-email', lifetimeMs: 24 * 3_600_000 },
  mayBeSent: (user) => isActive(user) && user.emailVerifiedAt === null,
  write: () => ({
    subject: 'Confirm your email address',
    lead: 'Please confirm that this is your email address.\nOpen this link within a day:',
    close: 'If you did not create an account, you can ignore this mail.',
  }),
};

/** Enqueues the mail that verifies the address of this account. */
export function enqueueVerification({ email }: Pick<User, 'email'>, now: Date): Statement {
  return enqueueMail({ kind: verificationMail.name, email, now });
}
