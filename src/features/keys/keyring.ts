import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { Clock } from '../../platform/clock.js';
import type { Vault } from '../../platform/vault.js';
import { type SigningKey, signingKeyAt, verifiesAt } from './key.js';
import type { KeyStore } from './key.store.js';

/**
 * No node uses keys that it read longer ago than this. So a command that changes a key and waits a little longer returns
 * when every node has noticed; each node pays one small query a second at most.
 */
export const keysKnownForMs = 1_000;

/** A private key. */
export interface Signer {
  kid: string;
  key: CryptoKey;
}

/** The keys as this node knows them, never older than a second. */
export interface Keyring {
  /** The key that signs now. */
  signer(): Promise<Signer>;
  /** The key of this kid; the one that signs now where it is unknown, expired or revoked. */
  signerOf(kid: string): Promise<Signer>;
  /** The public key of a kid that still verifies; null where it is unknown, expired or revoked. */
  verifier(kid: string): Promise<CryptoKey | null>;
  /** What other services verify by: upcoming, active and retired keys (RFC 7517). */
  jwks(): Promise<{ keys: JWK[] }>;
}

interface Snapshot {
  keys: SigningKey[];
  /** When its loading began, by the monotonic clock: what was committed before is in it. */
  asOf: number;
}

export function createKeyring(deps: { store: KeyStore; vault: Vault; clock: Clock }): Keyring {
  const { store, vault, clock } = deps;
  const signers = new Map<string, Promise<CryptoKey>>();
  const verifiers = new Map<string, Promise<CryptoKey>>();
  let snapshot: Snapshot | undefined;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    const asOf = performance.now();
    const keys = await store.list();
    forgetMissing(signers, keys);
    forgetMissing(verifiers, keys);
    snapshot = { keys, asOf };
  }

  /** The keys, by a load that began at this moment of the monotonic clock or later. */
  async function knownAt(moment: number): Promise<SigningKey[]> {
    // The load that is under way may have begun too early; the one after it has not.
    while (!snapshot || snapshot.asOf < moment) {
      loading ??= load().finally(() => {
        loading = undefined;
      });
      await loading;
    }
    return snapshot.keys;
  }

  const fresh = () => knownAt(performance.now() - keysKnownForMs);

  async function findValid(kid: string): Promise<SigningKey | undefined> {
    const askedAt = performance.now();
    const hasKid = (key: SigningKey) => key.kid === kid;
    // A kid that is unknown here may be less than a second old: another node signs with it already.
    const key = (await fresh()).find(hasKid) ?? (await knownAt(askedAt)).find(hasKid);
    return key && verifiesAt(key, clock.now()) ? key : undefined;
  }

  async function toSigner({ kid, privateJwe }: SigningKey): Promise<Signer> {
    return { kid, key: await remembered(signers, kid, async () => importKey(await vault.open<JWK>(privateJwe))) };
  }

  async function signer(): Promise<Signer> {
    const key = signingKeyAt(await fresh(), clock.now());
    if (!key) throw new Error('No signing key is active.');
    return toSigner(key);
  }

  return {
    signer,
    async signerOf(kid) {
      const key = await findValid(kid);
      return key ? toSigner(key) : signer();
    },
    async verifier(kid) {
      const key = await findValid(kid);
      return key ? remembered(verifiers, kid, () => importKey(key.publicJwk)) : null;
    },
    async jwks() {
      const now = clock.now();
      return { keys: (await fresh()).filter((key) => verifiesAt(key, now)).map((key) => key.publicJwk) };
    },
  };
}

function importKey(jwk: JWK): Promise<CryptoKey> {
  return importJWK(jwk, 'EdDSA') as Promise<CryptoKey>;
}

function remembered<T>(cache: Map<string, Promise<T>>, kid: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(kid);
  if (known) return known;
  const made = make();
  cache.set(kid, made);
  made.catch(() => cache.delete(kid));
  return made;
}

function forgetMissing(cache: Map<string, unknown>, keys: readonly SigningKey[]): void {
  for (const kid of cache.keys()) if (!keys.some((key) => key.kid === kid)) cache.delete(kid);
}
