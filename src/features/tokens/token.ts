/** Of an access token (RFC 9068) Latchkey itself reads no more than whose it is. */
export interface SubjectClaims {
  userId: string;
  sessionId: string;
}

/** A refresh token also says which rotation of its session it belongs to. */
export interface RefreshClaims extends SubjectClaims {
  generation: number;
  expiresAt: Date;
}

/** With the key, all that decides the bytes of a refresh token: the same values give the same token, since Ed25519 is deterministic. */
export interface RefreshTokenRecipe {
  userId: string;
  sessionId: string;
  generation: number;
  issuedAt: Date;
  expiresAt: Date;
  jti: string;
}

/** The presented text cannot be used as the token it was presented as. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(readonly reason: 'INVALID' | 'EXPIRED') {
    super(reason);
  }
}

/** Longer texts are rejected unread. */
export const maxTokenLength = 4_096;

/** How far the clocks of signers and verifiers may differ, in seconds. */
export const leewaySeconds = 5;

/** JWTs count in whole seconds (NumericDate, RFC 7519 section 2). */
export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

/** The instant cut to the whole second, so that what we answer and what the token says are equal. */
export function wholeSeconds(date: Date): Date {
  return new Date(toSeconds(date) * 1_000);
}
