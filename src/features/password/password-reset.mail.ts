import type { MailKind } from '../mail/mail-kind.js';
import { isActive } from '../users/user.js';

export const passwordResetMail: MailKind = {
  name: 'RESET',
  link: { page: 'reset-password', lifetimeMs: 3_600_000 },
  mayBeSent: isActive,
  write: () => ({
    subject: 'Reset your password',
    lead: 'Someone, hopefully you, asked to reset the password of your account.\nOpen this link within an hour to choose a new one:',
    close: 'If it was not you, you can ignore this mail: your password stays as it is.',
  }),
};
