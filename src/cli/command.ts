import { ConfigError, parseConfig } from '../config.js';
import { readEnvironment } from '../environment.js';
import { openAdministration } from '../latchkey.js';
import { clockError } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import { createLog } from '../platform/logging.js';
import { oneLine } from '../platform/one-line.js';

export type Administration = Awaited<ReturnType<typeof openAdministration>>;

/** The command was called in a way that it does not know: exit status 2. */
export class WrongUsage extends Error {}

/** The command cannot do what it was asked for: exit status 1. */
export class Refused extends Error {}

/**
 * Runs an operator's command on the settings of the service: exit status 0 when it is done, 1 with one line on standard
 * error (one per setting) when it is rejected or fails, 2 with the usage when it was called wrongly. Usage is checked
 * before anything is opened.
 */
export async function runCommand(
  usage: string,
  parse: (args: string[]) => (administration: Administration) => Promise<void>,
): Promise<never> {
  process.on('uncaughtException', (error) => fail(oneLine(error), 1));
  process.stdout.on('error', onUnwritable);
  process.stderr.on('error', () => {});
  try {
    const command = parse(process.argv.slice(2));
    // Without a log, since standard error is for one line.
    const parts = { log: createLog('silent', process.stderr), check: rejectWrongClock };
    const administration = await openAdministration(parseConfig(readEnvironment()), parts);
    await command(administration).finally(() => administration.close());
    await written();
    process.exit(0);
  } catch (error) {
    if (error instanceof WrongUsage) return fail(usage, 2);
    return fail(error instanceof ConfigError ? error.message : oneLine(error), 1);
  }
}

function fail(message: string, status: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

/** A reader such as `head` may stop reading: the command is done. A full disk is an error. */
function onUnwritable({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') fail(`Standard output cannot be written (${code}).`, 1);
}

/** What a slow reader has not taken yet would be lost by process.exit(). */
function written(): Promise<void> {
  return new Promise((resolve) => void process.stdout.write('', () => resolve()));
}

/** By a clock that is minutes ahead, a key that is to sign at once would sign on no node yet. */
async function rejectWrongClock(db: Database): Promise<void> {
  const error = clockError(await db.clockSkewMs());
  if (error) throw new Refused(`Nothing was done: ${error}.`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
