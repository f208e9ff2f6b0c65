import { type DestinationStream, destination } from 'pino';
import pretty from 'pino-pretty';
import { type App, startApp } from './app.js';
import { type Config, ConfigError, parseConfig } from './config.js';
import { readEnvironment } from './environment.js';
import { createLog, type Log } from './platform/logging.js';

/** What a supervisor grants before it kills: what is in flight has 10 s, and closing everything a few more. */
const stopWithinMs = 14_000;

function logStream(): DestinationStream {
  return process.stdout.isTTY
    ? pretty({ sync: true, singleLine: true, ignore: 'pid,hostname' })
    : destination({ dest: 1, sync: true });
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
function giveUp(log: Log, error: unknown, config: Config): never {
  log.debug({ err: error }, 'start failed');
  process.stderr.write(`Latchkey cannot start: ${reasonOf(error, config)}\n`);
  process.exit(1);
}

/** Where the system's own words would not name the setting. */
function reasonOf(error: unknown, { host, port }: Config): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `PORT: got ${port}, which is in use on ${host}; takes a free port, or 0`;
  if (code === 'EACCES' && syscall === 'listen')
    return `PORT: got ${port}, which needs more rights; takes 1024 or more`;
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return `HOST: got "${host}", which cannot be listened on: ${message}`;
  return message;
}

function describe(config: Config, url: string): string {
  const playground = config.playground ? ` – open ${url}/playground to try it` : '';
  return `Latchkey is listening at ${url}${playground}`;
}

/**
 * Reads the settings, starts the service, and says where it is. Where it cannot start, one line on standard error says
 * why, and the process ends with 1. `onStarted` is called with what ends it in order.
 */
export async function start(onStarted: (stop: (signal: string) => Promise<void>) => void): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel, logStream());
  // What nobody caught is logged as any fault is: Node's own report would print the whole error, values included.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'crashed');
    process.exit(1);
  });
  try {
    const app = await startApp(config, { log });
    onStarted((signal) => stop(app, log, signal));
    log.info({ url: app.url }, describe(config, app.url));
    if (config.production && !config.smtpUrl) log.warn('without SMTP_URL no mail is sent: each stays in a file here');
    log.warn('rate limits and metrics are not part of this version yet: keep a proxy that limits rates in front of it');
  } catch (error) {
    giveUp(log, error, config);
  }
}

async function stop(app: App, log: Log, signal: string): Promise<void> {
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(0), stopWithinMs).unref();
  await app.close();
  log.info('stopped');
  process.exit(0);
}
