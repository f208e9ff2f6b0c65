import { parseUrl } from '../url.js';

/** What DATABASE_URL says of a PostgreSQL database. */
export interface PostgresqlUrl {
  /** For the driver: the URL without what the driver would misread or warn of. */
  connectionString: string;
  /** The schema that `?schema=` names, null where it names none. */
  schema: string | null;
  /** Host and port alone, for messages: the rest of the URL holds the password. */
  server: string;
}

/** Reads the URL. Throws an Error that names DATABASE_URL where a parameter has a value that it does not take. */
export function readPostgresqlUrl(url: string): PostgresqlUrl {
  const parameters = new URLSearchParams(url.split('?').slice(1).join('?'));
  const last = (name: string) => parameters.getAll(name).at(-1) || null; // as the driver does
  checkChoice('sslmode', last('sslmode'), [...verifyingModes, 'disable', 'no-verify']);
  checkChoice('ssl', last('ssl'), ['true', 'false', '1', '0', 'no-verify']);
  return { connectionString: forDriver(url), schema: checkSchema(last('schema')), server: serverOf(url) };
}

function checkChoice(name: string, got: string | null, takes: string[]): void {
  if (got === null || takes.includes(got)) return;
  throw new Error(`DATABASE_URL: got ${name}=${quoted(got)}; takes ${takes.join(', ')}`);
}

/** PostgreSQL would cut a longer name without an error, and keeps the prefix pg_ to itself. Prisma escapes no quotes. */
function checkSchema(name: string | null): string | null {
  if (name === null) return null;
  if (Buffer.byteLength(name) <= 63 && !/^pg_|["\p{Cc}\p{Cs}]/u.test(name)) return name;
  throw new Error(
    `DATABASE_URL: got schema=${quoted(name)}; takes the name of a schema, at most 63 bytes, without double quotes, not one that begins with pg_`,
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** The driver takes all of these for verify-full, and prints a warning of six lines where another word than that is used. */
const verifyingModes = ['verify-full', 'verify-ca', 'require', 'prefer', 'allow'];

/**
 * Says the same in words that the driver takes in silence. `ssl=false` would be a text to it, which is true, and ends the
 * process when the server speaks TLS. With uselibpqcompat=true the driver reads sslmode as libpq does.
 */
function forDriver(url: string): string {
  const spoken = url.replace(/(?<=[?&]ssl=)false(?=&|$)/g, '0');
  if (/[?&]uselibpqcompat=true(&|$)/.test(url)) return spoken;
  return spoken.replace(new RegExp(`(?<=[?&]sslmode=)(${verifyingModes.join('|')})(?=&|$)`, 'g'), 'verify-full');
}

/** `postgres://user@/name?host=/socket` is no URL to Node, and names a socket. */
function serverOf(url: string): string {
  return parseUrl(url)?.host || 'the local socket';
}
