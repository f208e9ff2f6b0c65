import type { User } from '../users/user.js';
import type { MailKind } from './mail-kind.js';

const hour = 3_600_000;
const isActive = (user: User | null): user is User => user !== null && user.deactivatedAt === null;

export const passwordResetMail: MailKind = {
  name: 'RESET',
  link: { page: 'reset-password', lifetimeMs: hour },
  mayBeSent: isActive,
  write: () => ({
    subject: 'Reset your password',
    lead: 'Someone, hopefully you, asked to reset the password of your account.\nOpen this link within an hour to choose a new one:',
    close: 'If it was not you, you can ignore this mail: your password stays as it is.',
  }),
};

export const verificationMail: MailKind = {
  name: 'VERIFICATION',
  link: { page: 'verify-email', lifetimeMs: 24 * hour },
  mayBeSent: (user) => isActive(user) && user.emailVerifiedAt === null,
  write: () => ({
    subject: 'Confirm your email address',
    lead: 'Please confirm that this is your email address.\nOpen this link within a day:',
    close: 'If you did not create an account, you can ignore this mail.',
  }),
};
