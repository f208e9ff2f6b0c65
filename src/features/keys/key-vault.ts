import { type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair, type JWK } from 'jose';

const derive = promisify<string, string, number, ScryptOptions, Buffer>(scrypt);

/** Makes key pairs whose private half only AUTH_SECRET opens. */
export interface KeyVault {
  makePair(kid: string): Promise<{ publicJwk: JWK; privateJwe: string }>;
  /** Throws `WrongSecret` where the key was sealed with another secret. */
  open(privateJwe: string): Promise<JWK>;
}

/** The AUTH_SECRET of this process is not the one that the keys in the database were sealed with. */
export class WrongSecret extends Error {
  override readonly name = 'WrongSecret';

  constructor() {
    super(
      'AUTH_SECRET, or data/secret where it is not set, does not open the signing keys in this database: it must be the secret that they were made with.',
    );
  }
}

/** Derives the sealing key once. scrypt, not a plain hash: a stolen database must not make a weak secret guessable. */
export async function createKeyVault(secret: string): Promise<KeyVault> {
  const sealingKey = await derive(secret, 'latchkey/signing-keys/1', 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
  return {
    async makePair(kid) {
      const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
      const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'EdDSA' };
      const plain = new TextEncoder().encode(JSON.stringify(await exportJWK(privateKey)));
      const sealed = new CompactEncrypt(plain).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid });
      return { publicJwk, privateJwe: await sealed.encrypt(sealingKey) };
    },
    async open(privateJwe) {
      try {
        const { plaintext } = await compactDecrypt(privateJwe, sealingKey);
        return JSON.parse(new TextDecoder().decode(plaintext)) as JWK;
      } catch {
        throw new WrongSecret();
      }
    },
  };
}
