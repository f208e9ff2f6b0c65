import { decodeJwt, decodeProtectedHeader, importJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { createKeyStore } from '../../../src/features/keys/key.store.js';
import { lastSessionExpiry } from '../../../src/features/sessions/session.store.js';
import { openDatabase } from '../../../src/platform/database/open.js';
import { knownVault, type Latchkey, testSettings } from '../../support/latchkey.js';

/** A token taken apart. Claims and headers that are set to `undefined` are left out when it is signed again. */
export interface Parts {
  header: Partial<JWTHeaderParameters> & Record<string, unknown>;
  claims: JWTPayload;
}

export function takeApart(token: string): Parts {
  return { header: decodeProtectedHeader(token) as Parts['header'], claims: decodeJwt(token) };
}

export type Insider = Awaited<ReturnType<typeof openInsider>>;

/** Signs whatever one likes with this Latchkey's own key: only then it is the claims that make a token be refused. */
export async function openInsider({ databaseUrl }: Latchkey) {
  const db = await openDatabase({ url: databaseUrl, poolSize: 2, onError: () => {} });
  const [key] = await createKeyStore(db, lastSessionExpiry).list();
  await db.close();
  if (!key) throw new Error('There is no signing key.');
  const vault = await knownVault(testSettings.AUTH_SECRET);
  const signer = await importJWK(await vault.open(key.privateJwe), 'EdDSA');
  return {
    publicJwk: key.publicJwk,
    sign: ({ header, claims }: Parts) =>
      new SignJWT(claims).setProtectedHeader(header as JWTHeaderParameters).sign(signer),
  };
}
