import { parseUrl } from '../url.js';
import { kind, WriteInstead } from './kind.js';
import { withoutPassword } from './shown.js';

const maxCharacters = 500;

const takes =
  'an http:// or https:// URL of at most 500 characters without user, query or fragment, such as https://id.example.com';

/** `URL` forgives blanks, line breaks and missing slashes; settings do not. */
export function parseStrictUrl(text: string): URL | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is rejected
  if (/[\s\u0000-\u001f\u007f]/.test(text) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  return parseUrl(text) ?? undefined;
}

export function isHttp(url: URL | undefined): url is URL {
  return url?.protocol === 'http:' || url?.protocol === 'https:';
}

/** No query or fragment (RFC 8414 §2), since paths are appended; a bound, since tokens must fit 4,096 characters. */
function isUsable(text: string): boolean {
  return text.length <= maxCharacters && isHttp(parseStrictUrl(text)) && !/[?#@\\]/.test(text);
}

/**
 * A URL in ASCII, as browsers send it: the host by IDNA and in lower case, the path percent-encoded, no default port. No
 * closing slash, so that paths can be appended.
 */
export function normalizeHttpUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}

/**
 * A URL that others compare byte for byte (`iss`), so it is kept as written. One that is not ASCII is rejected, since some
 * verifiers would be given one form of it and some the other.
 */
export const issuerUrl = kind<string>(
  takes,
  (text) => {
    if (!isUsable(text)) return undefined;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for
    if (/^[\u0000-\u007f]*$/.test(text)) return text;
    const ascii = normalizeHttpUrl(text);
    return new WriteInstead(text.endsWith('/') ? `${ascii}/` : ascii);
  },
  withoutPassword,
);

/** A URL that links begin with: normalised, since a mail is ASCII. */
export const linkUrl = kind(
  takes,
  (text) => {
    const url = isUsable(text) ? normalizeHttpUrl(text) : undefined;
    return url !== undefined && url.length <= maxCharacters ? url : undefined;
  },
  withoutPassword,
);
