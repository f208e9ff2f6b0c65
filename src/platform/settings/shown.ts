import { escapeControls } from '../one-line.js';

const shownCharacters = 200;

/** A value in an error message: in quotes, on one line whatever it holds, at most 200 characters. */
export function quoted(text: string): string {
  return escapeControls(JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text));
}

/** A URL, quoted, without its password. It works on the text, since a URL that does not parse often has an odd password. */
export function withoutPassword(text: string): string {
  if (text.startsWith('file:')) return quoted(text);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  return quoted(scheme + maskPassword(text.slice(scheme.length)));
}

function maskPassword(rest: string): string {
  // An @ behind ? or # is most likely the end of a password that has them unescaped: the parts cannot be told apart then.
  if (/[?#].*@/s.test(rest)) return '***';
  const colon = rest.search(/:|%3a/i);
  const at = rest.lastIndexOf('@');
  if (colon >= 0 && colon < at) return maskParameters(`${rest.slice(0, colon)}:***${rest.slice(at)}`);
  // Without an @, `name:hunter2` is still a password; a port and an IPv6 address are not.
  const unfinished = /^([^/?#:[\]]*):(?!\d{0,5}(?:[/?#,]|$))/.exec(rest);
  return unfinished ? `${unfinished[1]}:***` : maskParameters(rest);
}

/** The drivers of PostgreSQL and SMTP take `?password=` too. */
function maskParameters(text: string): string {
  return text.replace(/([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=)[^&]*/gi, '$1***');
}
