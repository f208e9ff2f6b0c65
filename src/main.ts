import { type DestinationStream, destination } from 'pino';
import pretty from 'pino-pretty';
import { type App, createApp } from './app.js';
import { type Config, ConfigError, parseConfig } from './config.js';
import { readEnvironment } from './environment.js';
import { createLog, type Log } from './platform/logging.js';

// The process: environment, start, signals, exit code. Nothing else of the service reads or ends `process`.

/** What a supervisor grants before it kills: what is in flight has 10 s, and closing everything a few more. */
const stopWithinMs = 14_000;

function logStream(): DestinationStream {
  return process.stdout.isTTY ? pretty({ sync: true, ignore: 'pid,hostname' }) : destination({ dest: 1, sync: true });
}

function readConfig(): Config {
  try {
    return parseConfig(readEnvironment());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** One clear line, and the whole error where somebody debugs. */
function giveUp(log: Log, error: unknown, { host, port }: Config): never {
  log.debug({ err: error }, 'start failed');
  const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const reason = error instanceof Error ? error.message : String(error);
  const line = inUse ? `PORT: got ${port}, which is in use on ${host}; takes a free port, or 0` : reason;
  process.stderr.write(`Latchkey cannot start: ${line}\n`);
  process.exit(1);
}

function stopOnSignals(stop: (signal: string) => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop(signal);
    });
  }
}

function describe(config: Config, url: string): string {
  const playground = config.playground ? ` – open ${url}/playground to try it` : '';
  return `Latchkey is listening at ${url}${playground}`;
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel, logStream());
  let app: App | undefined;

  // What nobody caught is logged as any fault is: Node's own report would print the whole error, values included.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'crashed');
    process.exit(1);
  });
  stopOnSignals(async (signal) => {
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), stopWithinMs).unref();
    await app?.close();
    log.info('stopped');
    process.exit(0);
  });

  try {
    app = await createApp(config, { log });
    const url = await app.listen();
    log.info({ url }, describe(config, url));
    log.warn('rate limits and metrics are not part of this version yet: keep a proxy that limits rates in front of it');
  } catch (error) {
    giveUp(log, error, config);
  }
}

await main();
