import { AuthError, unavailable } from '../../errors.js';

/** One link of an error: what Prisma, its adapters, the drivers and Node tell apart errors by. */
interface Link {
  code: string;
  kind: string;
  message: string;
}

// P1001, P1002: cannot be reached; P1008: timed out; P1017: connection closed; P2024: the pool is exhausted;
// P2028: the transaction ran out of time; P2034: still in conflict after the retries.
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

const adapterKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
  'TransactionWriteConflict',
]);

// 08: connection; 53: out of disk, memory or connections; 57P01 to 57P05: stopping, starting; 57014: statement timeout;
// 25P03: idle in a transaction; 25006: read only, as a standby is after a failover; 55P03: lock timeout;
// 40001, 40P01: conflicts; 58030: input or output failed.
const postgresCode = /^(08\w{3}|53\w{3}|57P0[1-5]|57014|25P03|25006|55P03|40001|40P01|58030)$/;
const sqliteCode = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|PROTOCOL|READONLY|PERM|CORRUPT|NOTADB)/;
const nodeCode = /^(ECONN\w+|ETIMEDOUT|EPIPE|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN)$/;

// pg gives these no code.
const closedMessage =
  /Connection terminated|Connection ended|not queryable|encountered a connection error|server closed the connection/i;
const lateMessage =
  /timeout expired|due to connection timeout|timeout exceeded when trying to connect|Query read timeout|Cannot use a pool after calling end/i;

// What rejects a connection: 28: the role or its password; 3D000: the database's name; and TLS, in OpenSSL's words.
const rejectedCode =
  /^(28\w{3}|3D000|ERR_(TLS|SSL|OSSL)_\w+|CERT_\w+|CRL_\w+|UNABLE_TO_\w+|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|\w*SELF_SIGNED_CERT\w*)$/;
const rejectedKinds = new Set([
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'TlsConnectionError',
]);
// The last two have the codes of statements that are wrong: 42501 and 55000.
const rejectedMessage =
  /^The server does not support SSL connections|^There was an error establishing an SSL connection|^SASL|permission denied for database |is not currently accepting connections/;

/** The error and its causes, in all places where Prisma and Node keep them. The depth ends cycles. */
function links(error: unknown, depth = 6): Link[] {
  if (typeof error !== 'object' || error === null || depth === 0) return [];
  const { code, errorCode, originalCode, kind, message, cause, meta, errors } = error as Record<string, unknown>;
  const inner = [cause, (meta as Record<string, unknown> | undefined)?.driverAdapterError].concat(errors ?? []);
  return [
    { code: text(originalCode ?? code ?? errorCode), kind: text(kind), message: text(message) },
    ...inner.flatMap((each) => links(each, depth - 1)),
  ];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function meansRejected({ code, kind, message }: Link): boolean {
  return rejectedKinds.has(kind) || rejectedCode.test(code) || rejectedMessage.test(message);
}

function meansUnavailable({ code, kind, message }: Link): boolean {
  if (prismaCodes.has(code) || adapterKinds.has(kind)) return true;
  if (postgresCode.test(code) || sqliteCode.test(code) || nodeCode.test(code)) return true;
  return closedMessage.test(message) || lateMessage.test(message);
}

/**
 * Whether an error of the database means "not now" (out of reach, stopping, timed out, full, too busy, read-only) and not
 * that a statement was wrong. A connection that is rejected counts: it worked when the process started.
 */
export function isUnavailable(error: unknown): boolean {
  return links(error).some((link) => meansUnavailable(link) || meansRejected(link));
}

/** Whether the server, or TLS, rejected the connection, so that only another setting, or another server, helps. */
export function isConnectionRejected(error: unknown): boolean {
  return links(error).some(meansRejected);
}

/** Whether the database takes no writes: a standby, or one that its operator has set so. */
export function isReadOnly(error: unknown): boolean {
  return links(error).some(({ code }) => /^(25006|SQLITE_READONLY)/.test(code));
}

/** PostgreSQL's own error for a write where there are none, for a query that has found out without one. */
export function readOnly(): Error {
  return Object.assign(new Error('The database is read-only.'), { code: '25006' });
}

/** Whether SQLite was locked by another connection, so that the same again may succeed. */
export function isBusy(error: unknown): boolean {
  return links(error).some(({ code }) => /^SQLITE_(BUSY|LOCKED)/.test(code));
}

/** Whether PostgreSQL rolled a transaction back in favour of another one, so that the same again may succeed. */
export function isConflict(error: unknown): boolean {
  return links(error).some(
    ({ code, kind }) => kind === 'TransactionWriteConflict' || /^(P2034|40001|40P01)$/.test(code),
  );
}

/** Whether the connection had died before or under the statement; one that could not be made in time has not. */
export function isConnectionLost(error: unknown): boolean {
  const all = links(error);
  if (all.some(({ message }) => lateMessage.test(message))) return false;
  return all.some(
    ({ code, kind, message }) =>
      kind === 'ConnectionClosed' ||
      /^(ECONNRESET|EPIPE|57P01|57P02|08\w{3})$/.test(code) ||
      closedMessage.test(message),
  );
}

/** The columns of the unique index that a write would have violated, null for any other error. */
export function violatedUnique(error: unknown): string[] | null {
  const { code, message, constraint, table } = (error ?? {}) as Record<string, string | undefined>;
  if (code === '23505') return columnsOfIndex(constraint ?? '', table ?? '');
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code ?? '')) return columnsInMessage(message ?? '');
  return violatedThroughPrisma(error);
}

/** SQLite says `UNIQUE constraint failed: User.email`. */
function columnsInMessage(message: string): string[] {
  const columns = message.split(': ')[1]?.split(', ') ?? [];
  return columns.map((column) => column.split('.').at(-1) ?? '');
}

function violatedThroughPrisma(error: unknown): string[] | null {
  const meta = (error as { meta?: { driverAdapterError?: { cause?: unknown } } } | null)?.meta;
  const cause = meta?.driverAdapterError?.cause as UniqueViolation | undefined;
  if (cause?.kind !== 'UniqueConstraintViolation') return null;
  if (cause.constraint?.fields) return cause.constraint.fields.map((field) => field.replace(/^"|"$/g, ''));
  return columnsOfIndex(cause.constraint?.index ?? '', cause.table ?? '');
}

interface UniqueViolation {
  kind?: string;
  table?: string;
  constraint?: { fields?: string[]; index?: string };
}

/**
 * PostgreSQL tells the index, whose name Prisma makes of the table and the columns: `User_email_key`, and `User_pkey`
 * for the primary key, which is `id` in every model.
 */
function columnsOfIndex(index: string, table: string): string[] {
  const name = table && index.startsWith(`${table}_`) ? index.slice(table.length + 1) : index.replace(/^[^_]*_/, '');
  return name === 'pkey' ? ['id'] : name.replace(/_key$/, '').split('_');
}

/**
 * Prisma prints the whole call into the message of a wrong one, password hashes among its arguments too. The last
 * paragraph alone says what is wrong with it.
 */
function withoutArguments(error: Error): Error {
  const wrong = new Error(
    error.message
      .trim()
      .split(/\n\s*\n/)
      .at(-1),
  );
  wrong.name = error.name;
  return wrong;
}

/**
 * Does `work`; an error of it that means "not now" becomes SERVICE_UNAVAILABLE, with the error as its cause. Other
 * errors pass, those of Prisma without the values they were about.
 */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AuthError) throw error;
    if (isReadOnly(error)) throw unavailable('The database is read-only.', 2, error);
    if (isUnavailable(error)) throw unavailable('The database is out of reach.', 2, error);
    throw error instanceof Error && error.name === 'PrismaClientValidationError' ? withoutArguments(error) : error;
  }
}
