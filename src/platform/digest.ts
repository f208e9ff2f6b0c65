import { hash, randomBytes } from 'node:crypto';

/** SHA-256, base64url. For values with entropy of their own (random tokens); passwords go to platform/hashing. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** 256 random bits, base64url: a secret that cannot be guessed. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
