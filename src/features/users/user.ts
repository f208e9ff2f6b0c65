import { domainToASCII } from 'node:url';
import * as z from 'zod';

/** An account, without its password. */
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
}

/** What checking a password needs to know, besides the account itself. */
export interface StoredPassword {
  hash: string;
  /** Grows with each new password, so that whoever read the hash before can tell that it has been replaced. */
  version: number;
}

export const maxEmailLength = 254;
export const maxUsernameLength = 32;

const reservedUsernames = new Set(['admin', 'root', 'support', 'system', 'latchkey', 'me', 'null', 'undefined']);

// Looked at before lower-casing: the Kelvin sign would become a k, and one address have two spellings.
const dotAtom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const usernamePattern = /^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/;

/**
 * The address as compared and stored: trimmed, in lower case, its domain in ASCII (IDNA). Null where it is none:
 * the local part must be an ASCII dot-atom (RFC 5322, 3.2.3), so that no quoting, comment, comma or line break can
 * ever reach a mail header.
 */
export function normalizeEmail(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length > maxEmailLength) return null;
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  const domain = normalizeDomain(trimmed.slice(at + 1));
  if (at < 1 || !dotAtom.test(local) || domain === null) return null;
  const email = `${local.toLowerCase()}@${domain}`;
  return email.length > maxEmailLength ? null : email;
}

function normalizeDomain(text: string): string | null {
  // domainToASCII reads a URL's host: it would decode percent signs and take brackets or numbers for an IP address.
  if (/[%[\]:/?#\\@\s]/.test(text)) return null;
  const domain = domainToASCII(text);
  if (!domainName.test(domain) || /(^|\.)[0-9]+$/.test(domain)) return null;
  return domain;
}

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
    message: 'This is not an email address that can be used, like name@example.com.',
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

/** Input rule: a first or last name. Lone surrogates are refused with the control characters: no database keeps them. */
export const nameRule = z
  .string()
  .trim()
  .refine((name) => name.length > 0, { message: 'A name has at least one character; null is none.' })
  .refine((name) => [...name].length <= 100, { message: 'A name has at most 100 characters.' })
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), { message: 'A name has no control characters.' });
