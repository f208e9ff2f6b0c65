import * as z from 'zod';
import { normalizeEmail } from '../../platform/email-address.js';

/** An account, without its credentials. */
export interface User {
  id: string;
  email: string;
  emailVerifiedAt: Date | null;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  createdAt: Date;
  lastLoginAt: Date | null;
  deactivatedAt: Date | null;
  /** Grows with each change of a credential or a factor: a proof made under an older version no longer holds. */
  credentialsVersion: number;
  /** Since when signing in takes a second factor; null: it does not. */
  secondFactorEnabledAt: Date | null;
}

/** Whether there is such an account, and it is open to sign-in. */
export function isActive(user: User | null): user is User {
  return user !== null && user.deactivatedAt === null;
}

/** How a user proves who they are. */
export type AuthenticationMethod = 'PASSWORD' | 'PASSKEY' | 'EMAIL' | 'TOTP' | 'RECOVERY_CODE';

/** A field that must be unique, and that another account has. */
export type Taken = 'EMAIL_TAKEN' | 'USERNAME_TAKEN';

export const maxUsernameLength = 32;

const reservedUsernames = new Set(['admin', 'root', 'support', 'system', 'latchkey', 'me', 'null', 'undefined']);

const usernamePattern = /^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/;

/** The username as compared and stored: in lower case. Null where it breaks the rule or is reserved. */
export function normalizeUsername(text: string): string | null {
  const username = text.toLowerCase();
  return usernamePattern.test(username) && !reservedUsernames.has(username) ? username : null;
}

/** Input rule: an email address. */
export const emailRule = z.string().transform((text, context) => {
  const email = normalizeEmail(text);
  if (email !== null) return email;
  context.addIssue({
    code: 'custom',
    message: 'Enter a valid email address, such as name@example.com.',
  });
  return z.NEVER;
});

/** Input rule: a username. */
export const usernameRule = z.string().transform((text, context) => {
  const username = normalizeUsername(text);
  if (username !== null) return username;
  const message =
    'A username has 3 to 32 of a-z, 0-9, dot, underscore and hyphen, a letter or digit at both ends, and is not a reserved word.';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** What no font draws: format characters, separators, variation selectors, fillers and the blank Braille pattern. */
const invisible =
  /[\p{Cf}\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\u{2800}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{1D159}]/gu;

/** Input rule: a first or last name. Lone surrogates are rejected with the control characters: no database keeps them. */
export const nameRule = z
  .string()
  .trim()
  .refine((name) => name.length > 0, { message: 'A name must have at least one character; use null for no name.' })
  .refine((name) => [...name].length <= 100, { message: 'A name has at most 100 characters.' })
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), { message: 'A name has no control characters.' })
  .refine((name) => name.length === 0 || name.replace(invisible, '').length > 0, {
    message: 'A name has at least one visible character.',
  });
