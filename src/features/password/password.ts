import { isCommonPassword } from './common-passwords.js';

/** In characters, that is code points, of the password as presented: what a person would count, an emoji as one. */
export const maxPasswordLength = 256;

/** No password of the allowed length has more UTF-16 units. */
const mostUnits = 2 * maxPasswordLength;

/**
 * What is hashed and compared: the password in Unicode's form C, since keyboards disagree about how to send an é.
 * Nothing is trimmed or cut. What is too long for a password anyway stays as it is: bringing combining characters into
 * order takes quadratic time, a second for a request body full of them.
 */
export function normalizePassword(password: string): string {
  return password.length > mostUnits ? password : password.normalize('NFC');
}

/** Why no account can have this password, in words for people, or null. The words repeat nothing of it. */
export function passwordError(password: string): string | null {
  if (password.length > mostUnits || lengthOf(password) > maxPasswordLength)
    return `A password must have at most ${maxPasswordLength} characters.`;
  if (password.includes('\0')) return 'A password cannot contain the character NUL.';
  // A surrogate is half of a character, and UTF-8, which is what gets hashed, cannot tell one from another.
  if (/\p{Surrogate}/u.test(password)) return 'A password must not contain incomplete Unicode characters.';
  return null;
}

/**
 * Why this cannot be chosen as a new password, for people, or null: its form, then its length of at least `minLength`
 * characters as normalised (so that a letter and its accent count once however they are typed), then the common ones.
 */
export function newPasswordError(password: string, minLength: number): string | null {
  const error = passwordError(password);
  if (error !== null) return error;
  const normalized = normalizePassword(password);
  if (lengthOf(normalized) < minLength) return `A new password must have at least ${minLength} characters.`;
  return isCommonPassword(normalized) ? 'This password is one of the most common ones; choose another.' : null;
}

function lengthOf(text: string): number {
  return [...text].length;
}
