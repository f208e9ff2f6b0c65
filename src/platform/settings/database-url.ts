import { parseStrictUrl } from './http-url.js';
import { kind } from './kind.js';
import { withoutPassword } from './shown.js';

/** Whether the engine is PostgreSQL, going by the text alone. */
export function isPostgresql(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text);
}

/** `file://name/…` is rejected: it looks relative, but the driver would open `/name/…`. */
function isSqliteUrl(text: string): boolean {
  const path = text.startsWith('file:') ? text.slice('file:'.length) : '';
  return /^(?!\/\/(?!\/))[^?#\p{Cc}]*[^?#\p{Cc}/]$/u.test(path) && path !== ':memory:';
}

/**
 * `postgres://u:p@/db?host=/socket` is what the driver takes though URL does not. A fragment, or an @ in the path, means
 * that the password has a `#` or `/` of its own, and that the driver would connect to the wrong host.
 */
function isPostgresqlUrl(text: string): boolean {
  const url = isPostgresql(text) ? parseStrictUrl(text.replace('@/', '@localhost/')) : undefined;
  if (!url || url.hash || url.pathname.includes('@')) return false;
  // The driver does not check the port, and waits until its timeout.
  const port = url.searchParams.get('port') || url.port || '5432';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return false;
  const socket = url.searchParams.has('host');
  return socket || (!text.includes('@/') && (url.hostname !== '' || url.pathname.length > 1));
}

export const databaseUrl = kind(
  'file: and the path of a SQLite file, such as file:./data/latchkey.db, or postgres://user:password@host:5432/name (reserved characters of a password percent-encoded)',
  (text) => (isSqliteUrl(text) || isPostgresqlUrl(text) ? text : undefined),
  withoutPassword,
);
