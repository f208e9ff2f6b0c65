import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Keyring, Signer } from '../../../src/features/keys/keyring.js';
import { TokenError } from '../../../src/features/tokens/token.js';
import { createTokenService, type TokenService } from '../../../src/features/tokens/token.service.js';
import { newId } from '../../../src/platform/ids.js';
import { createMovableClock } from '../../support/clock.js';
import { forgeries } from './forgeries.js';
import type { Insider } from './insider.js';

const issuer = 'http://localhost:4000';

let tokens: TokenService;
let insider: Insider;
let access: string;
let refresh: string;
let foreign: string[];

interface Pair extends Signer {
  verifier: CryptoKey;
  insider: Insider;
}

async function newPair(): Promise<Pair> {
  const kid = newId();
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid };
  const sign: Insider['sign'] = ({ header, claims }) =>
    new SignJWT(claims).setProtectedHeader(header as JWTHeaderParameters).sign(privateKey);
  return { kid, key: privateKey, verifier: publicKey, insider: { publicJwk, sign } };
}

async function pairOf(signer: Signer): Promise<[string, string]> {
  const [issuedAt, expiresAt] = [new Date(), new Date(Date.now() + 60_000)];
  const session = { id: newId(), userId: newId(), authenticatedAt: issuedAt };
  const recipe = { userId: session.userId, sessionId: session.id, generation: 0, issuedAt, expiresAt, jti: newId() };
  return [await tokens.signAccess(signer, session, issuedAt, expiresAt), await tokens.signRefresh(signer, recipe)];
}

beforeAll(async () => {
  const [ours, theirs] = [await newPair(), await newPair()];
  const keyring = { verifier: async (kid: string) => (kid === ours.kid ? ours.verifier : null) } as Keyring;
  tokens = createTokenService({ keyring, clock: createMovableClock(), settings: { issuer, audience: issuer } });
  [access, refresh] = await pairOf(ours);
  foreign = await pairOf(theirs);
  insider = ours.insider;
});

/** Every reader that a text can be given to. */
const readers: Record<string, (token: string) => Promise<unknown>> = {
  'as an access token': (token) => tokens.verifyAccess(token),
  'as a refresh token': (token) => tokens.readRefresh(token),
  'as either, to end a session': (token) => tokens.readAny(token),
};

test('the genuine tokens are read', async () => {
  await expect(tokens.verifyAccess(access)).resolves.toMatchObject({ sessionId: expect.any(String) });
  await expect(tokens.readRefresh(refresh)).resolves.toMatchObject({ generation: 0 });
  for (const token of [access, refresh]) await expect(tokens.readAny(token)).resolves.toBeDefined();
});

describe.each(Object.entries(readers))('%s', (_how, read) => {
  test.each(Object.entries(forgeries))('%s', async (_name, forge) => {
    for (const genuine of [access, refresh]) {
      const forged = await forge(genuine, insider);
      await expect(read(forged)).rejects.toEqual(new TokenError('INVALID'));
    }
  });

  test("another server's tokens, whatever it says of itself", async () => {
    for (const token of foreign) await expect(read(token)).rejects.toEqual(new TokenError('INVALID'));
  });

  test.each(['', ' ', '\0', 'a\nb', '🔑.🔑.🔑', '\ud800', 'x'.repeat(50_000)])('the text %j', async (text) => {
    await expect(read(text)).rejects.toEqual(new TokenError('INVALID'));
  });
});
