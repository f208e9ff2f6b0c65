import { join } from 'node:path';
import type { Config } from './config.js';
import { type Background, createBackground } from './platform/background.js';
import { type Clock, systemClock } from './platform/clock.js';
import { type Closing, createClosing } from './platform/closing.js';
import type { Database } from './platform/database/database.js';
import { openDatabase } from './platform/database/open.js';
import type { Log } from './platform/logging.js';
import { readExistingSecret, readOrMakeSecret } from './platform/secret-file.js';
import { createVault, type Vault } from './platform/vault.js';

/** What every feature is built on. */
export interface Platform extends Closing {
  config: Config;
  log: Log;
  clock: Clock;
  db: Database;
  vault: Vault;
  background: Background;
  /** The folder for what is kept in files: the secret and, without a mail server, the mails. */
  dataDir: string;
}

export interface PlatformParts {
  log: Log;
  clock?: Clock;
  /** `./data` when left out. */
  dataDir?: string;
  /** True: the database must exist and be migrated. Commands create and migrate none. */
  existing?: boolean;
  /** Checks the opened database; what this throws is thrown, before anything is made or read. */
  check?(db: Database): Promise<void>;
  /** Made of AUTH_SECRET when left out. Tests share one among many services. */
  vault?: Vault;
}

/**
 * Opens what every feature is built on. Throws an Error fit for the operator where that cannot be had; what was opened by
 * then is closed.
 */
export async function openPlatform(config: Config, parts: PlatformParts): Promise<Platform> {
  const { log, clock = systemClock, dataDir = './data' } = parts;
  const closing = createClosing();
  try {
    log.debug('opening the secret');
    // Its key takes 0.1 s on another thread, while the database is opened. A command opens the database first: without one
    // it has no use for a secret.
    const early = parts.existing ? undefined : makeVault(parts, await secretOf(config, dataDir, parts));
    early?.catch(() => {}); // awaited below, unless the database fails first
    log.debug('opening the database');
    const db = await openDatabase({ ...databaseOptions(config, log), existing: parts.existing });
    closing.onClose(() => db.close());
    await parts.check?.(db);
    const vault = await (early ?? makeVault(parts, await secretOf(config, dataDir, parts)));
    const background = createBackground((error) => log.error({ err: error }, 'background work failed'));
    closing.onClose(() => background.settled());
    return { ...closing, config, log, clock, db, vault, background, dataDir };
  } catch (error) {
    return closing.closeAfter(error);
  }
}

async function secretOf({ authSecret }: Config, dataDir: string, { existing }: PlatformParts): Promise<string> {
  const path = join(dataDir, 'secret');
  return authSecret ?? (existing ? readExistingSecret(path) : readOrMakeSecret(path));
}

async function makeVault({ vault }: PlatformParts, secret: string): Promise<Vault> {
  return vault ?? createVault(secret);
}

function databaseOptions({ databaseUrl, databasePoolSize }: Config, log: Log) {
  return {
    url: databaseUrl,
    poolSize: databasePoolSize,
    log: log.isLevelEnabled('debug') ? (sql: string, ms: number) => log.debug({ sql, ms }, 'sql') : undefined,
    onError: (error: Error) => log.warn({ err: error }, 'database connection lost'),
    onWaiting: (message: string) => log.warn(message),
  };
}
