import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, LogoutDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { type Forge, forgeries } from './forgeries.js';
import { type Insider, openInsider } from './insider.js';

/**
 * One of each way to forge, and every text that is no token, since texts go through headers. That no reader of tokens
 * accepts any forgery is no-reader-of-tokens-accepts-a-forged-one.test.ts.
 */
const presented = [
  'a genuine one in another spelling',
  'a foreign audience',
  'a kid that is SQL',
  'another key under our kid',
  'a genuine one that is over-long',
  ...Object.keys(forgeries).filter((name) => name.startsWith('the text')),
];

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let insider: Insider;
  let account: Account;
  let access: string;
  let refresh: string;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
    insider = await openInsider(latchkey);
    account = await latchkey.newAccount();
    access = account.auth.accessToken;
    refresh = account.auth.refreshToken ?? '';
  });

  // A forged token never reaches the database: one case shows what PostgreSQL answers.
  test.each(engine === 'sqlite' ? presented : ['another key under our kid'])('%s', async (name) => {
    const forge = forgeries[name] as Forge;
    const [forgedAccess, forgedRefresh] = [await forge(access, insider), await forge(refresh, insider)];
    const anybody = latchkey.client();

    expectCode(await anybody.with({ token: forgedAccess }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'INVALID' });
    const invalid = ['INVALID_REFRESH_TOKEN', { reason: 'INVALID' }] as const;
    expectCode(await anybody.send(RefreshDocument, { refreshToken: forgedRefresh }), ...invalid);
    const byCookie = await anybody.with({ cookie: forgedRefresh }).send(RefreshDocument);
    expectCode(byCookie, ...invalid);
    expect(cookieOf(byCookie)).toBeNull();

    expectCode(await anybody.with({ token: forgedAccess }).send(LogoutDocument), 'UNAUTHENTICATED');
    expectCode(await anybody.with({ cookie: forgedRefresh }).send(LogoutDocument), 'UNAUTHENTICATED');
    for (const token of [forgedAccess, forgedRefresh]) {
      expect((await anybody.ask(LogoutDocument, { token })).logout.endedSessionIds).toEqual([]);
    }
    expect((await account.client.ask(MeDocument)).me.id).toBe(account.auth.user.id);
  });

  test("another server's tokens, whatever it says of itself", async () => {
    await using other = await startLatchkey(engine);
    const { auth } = await other.newAccount();
    const stranger = latchkey.client({ token: auth.accessToken });
    expectCode(await stranger.send(MeDocument), 'UNAUTHENTICATED', { reason: 'INVALID' });
    const { refreshToken } = auth;
    expectCode(await stranger.send(RefreshDocument, { refreshToken }), 'INVALID_REFRESH_TOKEN', { reason: 'INVALID' });
    for (const token of [auth.accessToken, refreshToken]) {
      expect((await stranger.ask(LogoutDocument, { token })).logout.endedSessionIds).toEqual([]);
    }
  });

  test('a forged token does not stop an operation that needs no token', async () => {
    const { email, password } = account;
    const stale = latchkey.client({ token: 'no token at all', headers: {} });
    expect((await stale.ask(LoginDocument, { input: { email, password } })).login.user.email).toBe(email);
    const basic = latchkey.client({ headers: { authorization: 'Basic dTpw' } });
    expect((await basic.ask(LoginDocument, { input: { email, password } })).login.user.email).toBe(email);
    expectCode(await basic.send(MeDocument), 'UNAUTHENTICATED', { reason: 'INVALID' });
  });

  test('texts that no header can carry', async () => {
    const anybody = latchkey.client();
    for (const token of ['', ' ', '\0', 'a\nb', '🔑.🔑.🔑', '\ud800', 'x'.repeat(50_000)]) {
      const answer = await anybody.send(RefreshDocument, { refreshToken: token });
      expectCode(answer, 'INVALID_REFRESH_TOKEN', { reason: 'INVALID' });
      expect((await anybody.ask(LogoutDocument, { token })).logout.endedSessionIds).toEqual([]);
    }
    expectCode(await anybody.send(MeDocument), 'UNAUTHENTICATED', { reason: 'MISSING' });
    expectCode(await anybody.send(RefreshDocument), 'INVALID_REFRESH_TOKEN', { reason: 'MISSING' });
  });

  test('no forged token causes an internal error, or is in the log', () => {
    expect(latchkey.logs.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
    for (const token of [access, refresh]) expect(latchkey.logs.join()).not.toContain(token.split('.')[2]);
  });
});
