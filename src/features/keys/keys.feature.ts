import type { Platform } from '../../open-platform.js';
import { createKeyService } from './key.service.js';
import { createKeyStore, type LastTokenExpiry } from './key.store.js';
import { createKeyring } from './keyring.js';

/** Signing keys: their life, and what this node knows of them. Opens them all: AUTH_SECRET must fit. */
export async function keysFeature({ db, clock, vault, config }: Platform, deps: { lastTokenExpiry: LastTokenExpiry }) {
  const store = createKeyStore(db, deps.lastTokenExpiry);
  const keys = createKeyService({ store, vault, clock, refreshTokenTtl: config.refreshTokenTtl });
  await keys.ensure();
  return { keys, keyring: createKeyring({ store, vault, clock }) };
}
