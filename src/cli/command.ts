import { type Config, ConfigError, parseConfig } from '../config.js';
import { type Core, openCore } from '../core.js';
import { readEnvironment } from '../environment.js';
import { clockFault } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import { createLog } from '../platform/logging.js';

/** The command was called in a way that it does not know: exit status 2. */
export class WrongUsage extends Error {}

/** The command cannot do what it was asked for: exit status 1. */
export class Refused extends Error {}

/**
 * Runs an operator's command on the settings of the service: exit status 0 when it is done, 1 with one line on standard
 * error when it is refused or fails, 2 with the usage when it was called wrongly. Usage is judged before anything is
 * opened.
 */
export async function runCommand(
  usage: string,
  parse: (args: string[]) => (core: Core) => Promise<void>,
): Promise<never> {
  try {
    const command = parse(process.argv.slice(2));
    // Without a log, since standard error is for one line.
    const parts = { log: createLog('silent', process.stderr), judge: refuseWrongClock };
    const core = await openCore(readSettings(), parts);
    await command(core).finally(() => core.db.close());
    process.exit(0);
  } catch (error) {
    if (error instanceof WrongUsage) {
      process.stderr.write(`${usage}\n`);
      process.exit(2);
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** By a clock that is minutes ahead, a key that is to sign at once would sign on no node yet. */
async function refuseWrongClock(db: Database): Promise<void> {
  const fault = clockFault(await db.clockSkewMs());
  if (fault) throw new Refused(`Nothing was done: ${fault}.`);
}

function readSettings(): Config {
  try {
    return parseConfig(readEnvironment());
  } catch (error) {
    if (error instanceof ConfigError) throw new Refused(error.message);
    throw error;
  }
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
