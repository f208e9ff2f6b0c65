import type { JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/platform/database/open.js';
import { isId } from '../../../src/platform/ids.js';
import { createVault, WrongSecret } from '../../../src/platform/vault.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey, testSettings } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  async function storedKey() {
    const db = await openDatabase({ url: latchkey.databaseUrl, poolSize: 1, onError: () => {} });
    const row = await db.read((client) => client.signingKey.findFirstOrThrow());
    await db.close();
    return row;
  }

  test('any origin may read them, and keep them for five minutes', async () => {
    const response = await fetch(`${latchkey.url}/.well-known/jwks.json`, {
      headers: { origin: 'https://anything.example.com' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/(jwk-set\+)?json/);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('each is an Ed25519 key for signatures with its kid, and without its private half', async () => {
    const response = await fetch(`${latchkey.url}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: JWK[] };
    expect(keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        alg: 'EdDSA',
        use: 'sig',
        kid: expect.any(String),
        x: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
    expect(isId(keys[0]?.kid ?? '')).toBe(true);
  });

  test('the private half cannot be read in the database, nor opened with another secret', async () => {
    const row = await storedKey();
    const { d, x } = await (await createVault(testSettings.AUTH_SECRET)).open<JWK>(row.privateJwe);
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(JSON.parse(row.publicJwk)).toMatchObject({ x });
    expect(JSON.stringify(row)).not.toContain(d);
    const bytes = Buffer.from(d ?? '', 'base64url');
    for (const part of row.privateJwe.split('.')) {
      expect(Buffer.from(part, 'base64url').includes(bytes)).toBe(false);
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain(d);
    }
    const other = await createVault('another secret, just as long as the one');
    await expect(other.open(row.privateJwe)).rejects.toThrow(WrongSecret);
  });

  test('a sealed key that was altered is not opened', async () => {
    const vault = await createVault(testSettings.AUTH_SECRET);
    const [header, , iv, text = '', tag] = (await storedKey()).privateJwe.split('.');
    const altered = (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    await expect(vault.open([header, '', iv, altered, tag].join('.'))).rejects.toThrow(WrongSecret);
  });
});
