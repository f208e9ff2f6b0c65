import type { AuthenticationMethod } from '../users/user.js';

/** A sign-in that passed its first factor and waits for the second. The challenge itself is kept as a digest only. */
export interface Challenge {
  id: string;
  /** SHA-256 of the challenge, base64url. */
  digest: string;
  userId: string;
  /** The account's when the challenge was made; a change of a credential or a factor voids it. */
  credentialsVersion: number;
  /** The first proof. */
  method: AuthenticationMethod;
  expiresAt: Date;
  /** How many wrong answers it still takes. */
  attemptsLeft: number;
}

export const challengeLifetimeMs = 5 * 60_000;
export const maxWrongAnswers = 5;

/** When the first factor was proved. */
export function madeAt({ expiresAt }: Challenge): Date {
  return new Date(expiresAt.getTime() - challengeLifetimeMs);
}
