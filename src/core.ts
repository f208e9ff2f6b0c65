import { join } from 'node:path';
import type { Config } from './config.js';
import { createDeactivationStore } from './features/deactivation/deactivation.store.js';
import { createKeyService } from './features/keys/key.service.js';
import { createKeyStore } from './features/keys/key.store.js';
import { createKeyVault, type KeyVault } from './features/keys/key-vault.js';
import { createSessionStore } from './features/sessions/session.store.js';
import { createUserStore } from './features/users/user.store.js';
import { type Clock, systemClock } from './platform/clock.js';
import type { Database } from './platform/database/database.js';
import { openDatabase } from './platform/database/open.js';
import type { Log } from './platform/logging.js';
import { readOrMakeSecret } from './platform/secret-file.js';

export type Core = Awaited<ReturnType<typeof openCore>>;

export interface CoreParts {
  log: Log;
  clock?: Clock;
  /** Where the secret and the mails go that have no other place; `./data` when left out. */
  dataDir?: string;
  /** Looks at the database once it is migrated; what this throws is thrown, before anything else is made or read. */
  judge?(db: Database): Promise<void>;
  /** What opens the signing keys; made of AUTH_SECRET when left out. Tests give one to many services. */
  vault?: KeyVault;
}

/**
 * What the service and the operator's commands have in common: the database, opened and migrated, the stores that both
 * use, and the keys. Throws an Error fit for the operator where it cannot be had.
 */
export async function openCore(config: Config, parts: CoreParts) {
  const { log, clock = systemClock, dataDir = './data' } = parts;
  const makingVault = parts.vault ?? createKeyVault(await secretOf(config, dataDir)); // 0.1 s on another thread, meanwhile
  const db = await openDatabase({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    log: log.isLevelEnabled('debug') ? (sql, ms) => log.debug({ sql, ms }, 'sql') : undefined,
    onFault: (error) => log.warn({ err: error }, 'database connection lost'),
    onWaiting: (message) => log.warn(message),
  });
  try {
    await parts.judge?.(db);
    const vault = await makingVault;
    const keyStore = createKeyStore(db);
    const keys = createKeyService({ store: keyStore, vault, clock, refreshTokenTtl: config.refreshTokenTtl });
    await keys.ensure();
    return {
      db,
      clock,
      vault,
      keyStore,
      keys,
      userStore: createUserStore(db),
      sessionStore: createSessionStore(db),
      deactivationStore: createDeactivationStore(db),
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function secretOf({ authSecret }: Config, dataDir: string): Promise<string> {
  return authSecret ?? readOrMakeSecret(join(dataDir, 'secret'));
}
