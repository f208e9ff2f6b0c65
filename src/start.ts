import { constants, openSync } from 'node:fs';
import { prettyFactory } from 'pino-pretty';
import { type Config, ConfigError, parseConfig } from './config.js';
import { readEnvironment } from './environment.js';
import { ListenError } from './http/listen.js';
import { createLogOutput, type LogOutput } from './platform/log-output.js';
import { createLog, type Log } from './platform/logging.js';
import { oneLine } from './platform/one-line.js';
import type { Stoppable } from './platform/shutdown.js';
import { type Server, startServer } from './server.js';

/** How long the exit waits for log lines that a slow reader has not taken yet. */
const flushTimeoutMs = 1_000;

/**
 * Reads the settings, starts the service, and logs its address. Calls `onStarted` with what stops it. Where it cannot
 * start, standard error says why in one line (one per setting), and the process ends with 1.
 */
export async function start(onStarted: (stoppable: Stoppable) => void): Promise<void> {
  const config = readConfig();
  const output = createLogOutput(openStandardOutput());
  const log = openLog(config, output);
  // Node's own report would print the whole error, values included.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'crashed');
    process.exit(1);
  });
  try {
    const server = await startServer(config, { log });
    onStarted({
      stop: (signal) => stop(server, log, output, signal),
      onForced: (reason, error) => log.error({ reason, err: error }, 'stopped before everything was closed'),
    });
    log.info({ url: server.url }, describe(config, server.url));
    if (config.production && !config.smtpUrl) log.warn('SMTP_URL is not set: mail is written to files and not sent');
    log.warn('this version has no rate limits and no metrics: run it behind a proxy that limits request rates');
  } catch (error) {
    giveUp(log, error, config);
  }
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

/**
 * The descriptor of standard output, set so that no write to it blocks. Node does that for a pipe when `process.stdout`
 * is first read; a terminal, which Ctrl-S or a dead connection may stop, is opened a second time.
 */
function openStandardOutput(): number {
  process.stdout.on('error', () => {});
  if (!process.stdout.isTTY) return 1;
  try {
    return openSync('/dev/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 1; // Windows has neither the name nor the flag.
  }
}

/** JSON lines, or readable ones on a terminal. */
function openLog(config: Config, output: LogOutput): Log {
  const pretty = process.stdout.isTTY ? prettyFactory({ singleLine: true, ignore: 'pid,hostname' }) : undefined;
  const log = createLog(config.logLevel, { write: (line) => output.write(pretty ? pretty(line) : line) });
  output.onRecovery((lines) => log.warn({ lines }, 'log lines were dropped while standard output was not writable'));
  return log;
}

/** One line for the operator, and the whole error at LOG_LEVEL=debug. */
function giveUp(log: Log, error: unknown, config: Config): never {
  log.debug({ err: error }, 'start failed');
  process.stderr.write(`Latchkey cannot start: ${reasonOf(error, config)}\n`);
  process.exit(1);
}

/** Names the setting where the system's own message does not. */
function reasonOf(error: unknown, { host, port }: Config): string {
  if (!(error instanceof ListenError)) return oneLine(error);
  const { code } = error.cause;
  if (code === 'EADDRINUSE') return `PORT: got "${port}", which is in use on ${host}; takes a free port, or 0`;
  if (code === 'EACCES') return `PORT: got "${port}", which needs more rights; takes 1024 or more`;
  return `HOST: got "${host}", which cannot be listened on (${oneLine(error)}); takes an address or name of this machine`;
}

function describe(config: Config, url: string): string {
  const playground = config.playground ? ` – open ${url}/playground to try it` : '';
  return `Latchkey is listening at ${url}${playground}`;
}

async function stop(server: Server, log: Log, output: LogOutput, signal: string): Promise<void> {
  log.info({ signal }, 'stopping');
  await server.close();
  log.info('stopped');
  await output.flush(flushTimeoutMs);
}
