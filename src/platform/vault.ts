import { type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { CompactEncrypt, compactDecrypt } from 'jose';

const derive = promisify<string, string, number, ScryptOptions, Buffer>(scrypt);

/** Encrypts what is kept and must be read again, such as private keys. Only AUTH_SECRET opens it. */
export interface Vault {
  /** Encrypts a value as a compact JWE with this key id in its header. */
  seal(value: object, kid: string): Promise<string>;
  /** Decrypts it. Throws `WrongSecret` where it was encrypted with another secret. */
  open<T extends object>(sealed: string): Promise<T>;
}

/** The AUTH_SECRET of this process is not the one that the keys in the database were encrypted with. */
export class WrongSecret extends Error {
  override readonly name = 'WrongSecret';

  constructor() {
    super(
      'AUTH_SECRET, or data/secret where it is not set, does not open the signing keys in this database: it must be the secret that they were made with.',
    );
  }
}

/** Derives the encryption key once. scrypt, not a plain hash: a stolen database must not make a weak secret guessable. */
export async function createVault(secret: string): Promise<Vault> {
  const key = await derive(secret, 'latchkey/signing-keys/1', 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
  return {
    async seal(value, kid) {
      const plain = new TextEncoder().encode(JSON.stringify(value));
      return new CompactEncrypt(plain).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid }).encrypt(key);
    },
    async open<T extends object>(sealed: string) {
      try {
        const { plaintext } = await compactDecrypt(sealed, key);
        return JSON.parse(new TextDecoder().decode(plaintext)) as T;
      } catch {
        throw new WrongSecret();
      }
    },
  };
}
