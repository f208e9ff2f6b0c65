import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import {
  clockMarginMs,
  type KeyState,
  publishedBeforeSigningMs,
  type SigningKey,
  signingKeyAt,
  stateOf,
} from './key.js';
import type { KeyStore, Succession } from './key.store.js';
import type { KeyVault } from './key-vault.js';

export type KeyService = ReturnType<typeof createKeyService>;

export interface ListedKey {
  kid: string;
  state: KeyState;
  createdAt: Date;
  activeFrom: Date;
  verifiesUntil: Date | null;
}

/** The life of signing keys. `refreshTokenTtl` in ms: no token lives longer than a refresh token. */
export function createKeyService(deps: { store: KeyStore; vault: KeyVault; clock: Clock; refreshTokenTtl: number }) {
  const { store, vault, clock, refreshTokenTtl } = deps;

  /** The key that follows these, and signs in so many milliseconds. */
  async function nextKey(keys: SigningKey[], signsInMs: number): Promise<Succession> {
    const kid = newId();
    const now = clock.now().getTime();
    const activeFrom = new Date(signsInMs === 0 ? now - clockMarginMs : now + signsInMs);
    const sequence = Math.max(0, ...keys.map((key) => key.sequence)) + 1;
    const pair = await vault.makePair(kid);
    const key = { kid, sequence, ...pair, createdAt: new Date(now), activeFrom, verifiesUntil: null, revokedAt: null };
    // A bit longer than its last token: nodes learn of a successor a second late, and verification has a leeway.
    return { key, predecessorsVerifyUntil: new Date(now + signsInMs + refreshTokenTtl + clockMarginMs) };
  }

  return {
    /**
     * Makes the first key where there is none, and opens those there are. Throws `WrongSecret`, having made nothing,
     * where AUTH_SECRET does not fit. Nodes that start at once on an empty database end up with one key.
     */
    async ensure(): Promise<void> {
      if ((await store.list()).length === 0) await store.add(await nextKey([], 0));
      for (const key of await store.list()) await vault.open(key.privateJwe);
    },

    async list(): Promise<ListedKey[]> {
      const keys = await store.list();
      const now = clock.now();
      return keys.map((key) => ({ ...key, state: stateOf(key, keys, now) }));
    },

    /** Adds a key that is published at once and signs after ten minutes, or at once. Answers its kid. */
    async rotate(options: { now: boolean }): Promise<string> {
      for (;;) {
        const succession = await nextKey(await store.list(), options.now ? 0 : publishedBeforeSigningMs);
        if (!(await store.add(succession))) continue;
        await store.removeExpired(clock.now());
        return succession.key.kid;
      }
    },

    /** Revokes the key; if it was the one that signs, a new one signs. False: it is unknown or revoked already. */
    async revoke(kid: string): Promise<boolean> {
      for (;;) {
        const keys = await store.list();
        if (!keys.some((key) => key.kid === kid && key.revokedAt === null)) return false;
        const now = clock.now();
        const signing = signingKeyAt(keys, now);
        const successor = signing === undefined || signing.kid === kid ? await nextKey(keys, 0) : null;
        if (await store.revoke(kid, now, successor)) return true;
      }
    },
  };
}
