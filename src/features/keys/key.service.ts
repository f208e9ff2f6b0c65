import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import type { Vault } from '../../platform/vault.js';
import { serviceEvent } from '../events/event.js';
import {
  clockMarginMs,
  type KeyState,
  publishedBeforeSigningMs,
  type SigningKey,
  signingKeyAt,
  stateOf,
} from './key.js';
import type { KeyStore, Succession } from './key.store.js';

export type KeyService = ReturnType<typeof createKeyService>;

export interface ListedKey {
  kid: string;
  state: KeyState;
  createdAt: Date;
  activeFrom: Date;
  verifiesUntil: Date | null;
}

/** The life of signing keys. `refreshTokenTtl` in ms: no token lives longer than a refresh token. */
export function createKeyService(deps: { store: KeyStore; vault: Vault; clock: Clock; refreshTokenTtl: number }) {
  const { store, vault, clock, refreshTokenTtl } = deps;

  async function makePair(kid: string): Promise<{ publicJwk: JWK; privateJwe: string }> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'EdDSA' };
    return { publicJwk, privateJwe: await vault.seal(await exportJWK(privateKey), kid) };
  }

  /** The key that follows these, and signs after this many milliseconds. */
  async function nextKey(keys: SigningKey[], signsInMs: number, actor: 'OPERATOR' | 'SERVICE'): Promise<Succession> {
    const kid = newId();
    const now = clock.now().getTime();
    const activeFrom = new Date(signsInMs === 0 ? now - clockMarginMs : now + signsInMs);
    const sequence = Math.max(0, ...keys.map((key) => key.sequence)) + 1;
    const pair = await makePair(kid);
    const key = { kid, sequence, ...pair, createdAt: new Date(now), activeFrom, verifiesUntil: null, revokedAt: null };
    // A bit longer than its last token: nodes learn of a successor a second late, and verification has a leeway.
    const predecessorsVerifyUntil = new Date(now + signsInMs + refreshTokenTtl + clockMarginMs);
    const event = serviceEvent(actor, { kind: 'KEY_ADDED', at: new Date(now), userId: null });
    return { key, predecessorsVerifyUntil, event };
  }

  return {
    /**
     * Makes the first key where there is none, and opens those there are. Throws `WrongSecret`, having made nothing,
     * where AUTH_SECRET does not fit. Nodes that start at once on an empty database end up with one key.
     */
    async ensure(): Promise<void> {
      if ((await store.list()).length === 0) await store.add(await nextKey([], 0, 'SERVICE'));
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
        const succession = await nextKey(await store.list(), options.now ? 0 : publishedBeforeSigningMs, 'OPERATOR');
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
        const successor = signing === undefined || signing.kid === kid ? await nextKey(keys, 0, 'OPERATOR') : null;
        const event = serviceEvent('OPERATOR', { kind: 'KEY_REVOKED', at: now, userId: null });
        if (await store.revoke(kid, now, successor, event)) return true;
      }
    },
  };
}
