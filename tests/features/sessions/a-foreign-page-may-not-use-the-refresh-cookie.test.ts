import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, LogoutAllDocument, LogoutDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

const settings = {
  TOKEN_ISSUER: 'https://auth.example.com',
  CORS_ORIGINS: 'https://app.example.com,https://other.example.org:8443',
};

type Headers = Record<string, string>;

const foreign: [string, Headers | ((url: string) => Headers)][] = [
  ['another origin', { origin: 'https://evil.example.com' }],
  ['another origin of the same site', { origin: 'https://evil.example.com', 'sec-fetch-site': 'same-site' }],
  ['no origin that could be told', { origin: 'null' }],
  ['an origin that is none', { origin: 'evil' }],
  ['an empty origin', { origin: ' ' }],
  ['our issuer over plain HTTP', { origin: 'http://auth.example.com' }],
  ['our issuer on another port', { origin: 'https://auth.example.com:8443' }],
  ['an origin that ends like an allowed one', { origin: 'https://evilapp.example.com' }],
  ['an origin that begins like an allowed one', { origin: 'https://app.example.com.evil.net' }],
  ['an allowed host over plain HTTP', { origin: 'http://app.example.com' }],
  ['an allowed host on another port', { origin: 'https://other.example.org' }],
  ['two allowed ones at once', { origin: 'https://app.example.com https://other.example.org:8443' }],
  ['an app shell that calls its host like ours', (url) => ({ origin: `capacitor://${new URL(url).host}` })],
  ['another site, without an origin', { 'sec-fetch-site': 'cross-site' }],
  ['another site and another origin', { origin: 'https://evil.net', 'sec-fetch-site': 'cross-site' }],
];

const welcome: [string, (url: string) => Headers][] = [
  ['no page at all', () => ({})],
  ['a page of our issuer', () => ({ origin: 'https://auth.example.com', 'sec-fetch-site': 'same-origin' })],
  ['a page of the host that is asked', (url) => ({ origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' })],
  ['an allowed page', () => ({ origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' })],
  [
    'an allowed page of another site',
    () => ({ origin: 'https://other.example.org:8443', 'sec-fetch-site': 'cross-site' }),
  ],
  ['a page of the same site that names no origin', () => ({ 'sec-fetch-site': 'same-site' })],
  ['the address bar', () => ({ 'sec-fetch-site': 'none' })],
];

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, settings);
    account = await latchkey.newAccount();
  });

  async function newCookie(): Promise<string> {
    const { email, password } = account;
    const input = { email, password, delivery: 'COOKIE' as const };
    return cookieOf(await latchkey.client().send(LoginDocument, { input }))?.value ?? '';
  }

  // The rule reads headers alone.
  test.each(engine === 'sqlite' ? foreign : foreign.slice(0, 1))(
    '%s is answered as if there were no cookie',
    async (_name, headers) => {
      const cookie = await newCookie();
      const page = latchkey.client({
        cookie,
        headers: typeof headers === 'function' ? headers(latchkey.url) : headers,
      });

      const refresh = await page.send(RefreshDocument);
      expectCode(refresh, 'INVALID_REFRESH_TOKEN', { reason: 'MISSING' });
      const logout = await page.send(LogoutDocument);
      expectCode(logout, 'UNAUTHENTICATED', { reason: 'MISSING' });
      const stale = await page.with({ token: 'stale' }).send(LogoutDocument);
      expectCode(stale, 'UNAUTHENTICATED', { reason: 'INVALID' });

      for (const answer of [refresh, logout, stale]) expect(answer.headers.getSetCookie()).toEqual([]);
      expect((await latchkey.client({ cookie }).send(RefreshDocument)).errors).toEqual([]);
    },
  );

  test.each(engine === 'sqlite' ? welcome : welcome.slice(0, 1))('%s may use it', async (_name, headersFor) => {
    const page = latchkey.client({ cookie: await newCookie(), headers: headersFor(latchkey.url) });
    const answer = await page.send(RefreshDocument);
    expect(answer.errors).toEqual([]);
    const cookie = cookieOf(answer)?.value ?? '';
    expect((await page.with({ cookie }).ask(LogoutDocument)).logout.endedSessionIds).toHaveLength(1);
  });

  test('with tokens of its own a foreign page is served, and clears no cookie', async () => {
    const cookie = await newCookie();
    const { auth, client } = await latchkey.newAccount();
    const page = client.with({ cookie, headers: { origin: 'https://evil.example.com' } });
    expect((await page.send(RefreshDocument, { refreshToken: auth.refreshToken })).errors).toEqual([]);
    await latchkey.client({ cookie }).ask(LogoutDocument);
    const answer = await page.send(LogoutAllDocument);
    expect(answer.data?.logoutAll.endedSessionIds).toEqual([auth.session.id]);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});
