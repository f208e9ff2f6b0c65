import { createRemoteJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { LogoutDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { type Insider, openInsider, takeApart } from './insider.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let insider: Insider;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
    insider = await openInsider(latchkey);
    account = await latchkey.newAccount();
  });

  const asAccess = (token: string) => latchkey.client({ token }).send(MeDocument);
  const asRefresh = (refreshToken: string) => latchkey.client().send(RefreshDocument, { refreshToken });

  test('a refresh token gives no access, whatever it calls itself', async () => {
    const { header, claims } = takeApart(account.auth.refreshToken ?? '');
    const tokens = [
      account.auth.refreshToken ?? '',
      await insider.sign({ header: { ...header, typ: 'at+jwt' }, claims }),
      await insider.sign({ header, claims: { ...claims, aud: 'http://localhost:4000' } }),
    ];
    for (const token of tokens) expectCode(await asAccess(token), 'UNAUTHENTICATED', { reason: 'INVALID' });
  });

  test('an access token refreshes nothing, whatever it calls itself', async () => {
    const { header, claims } = takeApart(account.auth.accessToken);
    const tokens = [
      account.auth.accessToken,
      await insider.sign({ header: { ...header, typ: 'rt+jwt' }, claims }),
      await insider.sign({ header, claims: { ...claims, aud: 'http://localhost:4000/refresh', gen: 0 } }),
      await insider.sign({
        header: { ...header, typ: 'rt+jwt' },
        claims: { ...claims, aud: 'http://localhost:4000/refresh' },
      }),
    ];
    for (const token of tokens) expectCode(await asRefresh(token), 'INVALID_REFRESH_TOKEN', { reason: 'INVALID' });
  });

  test('an access token is no refresh cookie', async () => {
    const page = latchkey.client({ cookie: account.auth.accessToken });
    expectCode(await page.send(RefreshDocument), 'INVALID_REFRESH_TOKEN', { reason: 'INVALID' });
    expectCode(await page.send(LogoutDocument), 'UNAUTHENTICATED');
    expect((await account.client.ask(MeDocument)).me.id).toBe(account.auth.user.id);
  });

  test('a service that verifies access tokens by JWKS alone takes no refresh token', async () => {
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', latchkey.url));
    const rules = { issuer: 'http://localhost:4000', audience: 'http://localhost:4000' };
    await expect(jwtVerify(account.auth.accessToken, keys, rules)).resolves.toBeDefined();
    await expect(jwtVerify(account.auth.refreshToken ?? '', keys, rules)).rejects.toThrow(/"aud"/);
  });
});
