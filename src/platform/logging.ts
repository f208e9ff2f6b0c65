import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** A log of JSON lines. `level` is one of pino's. */
export function createLog(level: string, stream: DestinationStream): Log {
  return pino({ level, base: null, serializers: { err: describeError } }, stream);
}

/**
 * What a log line tells of an error. Of errors of the database and its drivers not the message, which may quote the
 * statement's values; the name, the codes and the stack's places are enough to find out.
 */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const details = quotesValues(error) ? databaseKind(error) : { message: error.message };
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { type: error.name, ...(code === undefined ? {} : { code }), ...details, stack: places.join('\n'), ...cause };
}

function quotesValues(error: Error): boolean {
  return /^Prisma|^DriverAdapter/.test(error.name) || 'severity' in error || /^Sqlite/.test(error.name);
}

function databaseKind(error: Error): { kind?: unknown; originalCode?: unknown } {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: { kind?: unknown; originalCode?: unknown } } } };
  const { kind, originalCode } = meta?.driverAdapterError?.cause ?? {};
  return { kind, originalCode };
}
