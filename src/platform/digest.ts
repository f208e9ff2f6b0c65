import { createHash, randomBytes } from 'node:crypto';

/** SHA-256, base64url. For values with entropy of their own (random tokens); passwords go to platform/hashing. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** 256 random bits, base64url: a secret that cannot be guessed. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
