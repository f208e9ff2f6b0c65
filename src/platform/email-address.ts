import { domainToASCII } from 'node:url';

export const maxEmailLength = 254;

// The local part is a dot-atom (RFC 5322, 3.2.3) in ASCII, so that no quoting, comment, comma or line break can ever reach a
// mail header; the domain is one of host names in ASCII. The last label of a domain is not a number: that is an IP address.
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const dotAtom = `${atom}(?:\\.${atom})*`;
const domainName = `(?:${label}\\.)*(?!\\d+(?![A-Za-z0-9.-]))${label}`;

/** The grammar of an address, for patterns that contain one. */
export const addressPattern = `${dotAtom}@${domainName}`;

const wholeAddress = new RegExp(`^${addressPattern}$`);
const wholeLocalPart = new RegExp(`^${dotAtom}$`);

/** Whether the text is one bare address in ASCII, as mail software takes it. */
export function isEmailAddress(text: string): boolean {
  return text.length <= maxEmailLength && wholeAddress.test(text);
}

/** The address as compared and stored: trimmed, in lower case, its domain in ASCII (IDNA). Null where it is none. */
export function normalizeEmail(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length > maxEmailLength) return null;
  const at = trimmed.lastIndexOf('@');
  // Looked at before lower-casing: the Kelvin sign would become a k, and one address have two spellings.
  const local = trimmed.slice(0, Math.max(0, at));
  const domain = asciiDomain(trimmed.slice(at + 1));
  if (!wholeLocalPart.test(local) || domain === null) return null;
  const email = `${local.toLowerCase()}@${domain}`;
  return isEmailAddress(email) ? email : null;
}

/** The domain in lower case and in ASCII (IDNA); null where it has none. */
export function asciiDomain(text: string): string | null {
  // domainToASCII reads a URL's host: it would decode percent signs and take brackets or numbers for an IP address.
  if (/[%[\]:/?#\\@\s]/.test(text)) return null;
  return domainToASCII(text) || null;
}
