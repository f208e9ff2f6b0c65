import type { JWK } from 'jose';
import { createKeyService } from '../../../src/features/keys/key.service.js';
import { createKeyStore } from '../../../src/features/keys/key.store.js';
import { lastSessionExpiry } from '../../../src/features/sessions/session.store.js';
import { openDatabase } from '../../../src/platform/database/open.js';
import { afterwards } from '../../support/cleanup.js';
import { knownVault, type Latchkey, testSettings } from '../../support/latchkey.js';

/** The kids of the keys that this node publishes. */
export async function publishedKids({ url }: Latchkey): Promise<(string | undefined)[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: JWK[] };
  return keys.map(({ kid }) => kid);
}

/** What the operator's command does to keys, at once and by the clock of the tests. `refreshTokenTtl` in ms. */
export async function openKeys({ databaseUrl, clock }: Latchkey, refreshTokenTtl: number) {
  const db = await openDatabase({ url: databaseUrl, poolSize: 1, onError: () => {} });
  afterwards(() => db.close());
  const vault = await knownVault(testSettings.AUTH_SECRET);
  return createKeyService({ store: createKeyStore(db, lastSessionExpiry), vault, clock, refreshTokenTtl });
}
