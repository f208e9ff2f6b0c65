import { addressPattern, asciiDomain } from '../email-address.js';
import { parseStrictUrl } from './http-url.js';
import { kind } from './kind.js';
import { withoutPassword } from './shown.js';

export const smtpUrl = kind(
  'smtp://user:password@host:587 or smtps://… (reserved characters of a password percent-encoded)',
  (text) => {
    const url = /^smtps?:\/\//.test(text) ? parseStrictUrl(text) : undefined;
    return url?.hostname && url.port !== '0' && !url.hash && /^\/?$/.test(url.pathname) ? text : undefined;
  },
  withoutPassword,
);

const plainName = '[^\\p{Cc}\\p{Cs}\\u2028\\u2029"<>()\\[\\],:;@\\\\]*';
const quotedName = '"[^\\p{Cc}\\p{Cs}\\u2028\\u2029"\\\\]*" *';
const mailbox = new RegExp(`^(?:${addressPattern}|(?:${plainName}|${quotedName})<${addressPattern}>)$`, 'u');

/**
 * A strict grammar: a line break in it would be a header of its own, a comma in a bare name a second sender. The domain is
 * put into ASCII by IDNA; a name is encoded (RFC 2047) when a mail is written.
 */
export const sender = kind(
  'one address, bare or as Name <address>, the part before its @ in ASCII, without control characters; a name with punctuation such as a comma is put in double quotes',
  (text) => {
    const ascii = text.replace(/@([^@<>\s]+)(>?)$/, (_all, domain: string, end: string) => `@${inAscii(domain)}${end}`);
    return text.length <= 320 && mailbox.test(ascii) ? ascii : undefined;
  },
);

/** Only where it is needed: the function would take `0x7f.1` for an IPv4 address. */
function inAscii(domain: string): string {
  return /[^\p{ASCII}]/u.test(domain) ? (asciiDomain(domain) ?? '') : domain;
}
