import type { JWK } from 'jose';

/** An Ed25519 key pair that signs tokens. Its state is not stored: it follows from its dates and its successors. */
export interface SigningKey {
  kid: string;
  /** 1, 2, 3 …; of the keys whose time has come, the one with the highest sequence signs. */
  sequence: number;
  publicJwk: JWK;
  /** The private half as a compact JWE. */
  privateJwe: string;
  createdAt: Date;
  activeFrom: Date;
  /** Until then tokens that it signed can be alive; null while it has no successor. */
  verifiesUntil: Date | null;
  revokedAt: Date | null;
}

export type KeyState = 'upcoming' | 'active' | 'retired' | 'expired' | 'revoked';

/** How long verifiers may cache the JWKS, twice over: a key is published this long before it signs. */
export const publishedBeforeSigningMs = 10 * 60_000;

/**
 * Far more than the clocks of nodes differ (platform/clock.ts). A key that is to sign at once counts as active from this
 * much earlier: to no node is it still to come.
 */
export const clockMarginMs = 60_000;

/**
 * The key that signs now; undefined where none verifies any more. Where none is active yet, as after a clock that was
 * ahead made the first one, it is the next to become active: some key has to sign.
 */
export function signingKeyAt(keys: readonly SigningKey[], now: Date): SigningKey | undefined {
  const valid = keys.filter((key) => verifiesAt(key, now)).sort((a, b) => b.sequence - a.sequence);
  return valid.find((key) => key.activeFrom <= now) ?? valid.at(-1);
}

/** Whether tokens signed with this key are still valid. An upcoming key verifies: another node may sign with it already. */
export function verifiesAt(key: SigningKey, now: Date): boolean {
  return key.revokedAt === null && (key.verifiesUntil === null || key.verifiesUntil > now);
}

/** The state of one key among all of them. */
export function stateOf(key: SigningKey, keys: readonly SigningKey[], now: Date): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (!verifiesAt(key, now)) return 'expired';
  const signing = signingKeyAt(keys, now);
  if (signing?.kid === key.kid) return 'active';
  return signing !== undefined && key.sequence < signing.sequence ? 'retired' : 'upcoming';
}
