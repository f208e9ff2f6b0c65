import type { MailKind } from '../mail/mail-kind.js';
import { isActive } from '../users/user.js';

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
