import { beforeAll, describe, expect, test } from 'vitest';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { takeApart } from '../tokens/insider.js';

const settings = { ACCESS_TOKEN_TTL: '15m', REFRESH_TOKEN_TTL: '1h', SESSION_TTL: '150m', REFRESH_GRACE: '300s' };
const minute = 60_000;

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, settings);
  });

  const present = (refreshToken?: string | null) => latchkey.client().send(RefreshDocument, { refreshToken });
  const refresh = async (refreshToken?: string | null) =>
    (await latchkey.client().ask(RefreshDocument, { refreshToken })).refresh;
  const expiry = (token?: string | null) => Number(takeApart(token ?? '').claims.exp) * 1_000;
  const age = (instant: string, session: { createdAt: string }) => Date.parse(instant) - Date.parse(session.createdAt);

  test('a session that is not refreshed for its idle limit has expired', async () => {
    const { auth, client } = await latchkey.newAccount();
    latchkey.clock.advance('61m');
    expectCode(await present(auth.refreshToken), 'INVALID_REFRESH_TOKEN', { reason: 'EXPIRED' });
    expectCode(await client.send(MeDocument), 'UNAUTHENTICATED', { reason: 'EXPIRED' });
  });

  test('a node whose clock is behind does not refresh what one that is ahead has ended', async () => {
    await using ahead = await startLatchkey({ databaseUrl: latchkey.databaseUrl }, settings);
    const { auth, email, password } = await latchkey.newAccount();
    ahead.clock.advance('24h');
    const { login } = await ahead.client().ask(LoginDocument, { input: { email, password } });
    const { logoutAll } = await ahead.client({ token: login.accessToken }).ask(LogoutAllDocument, {});
    expect(logoutAll.endedSessionIds).toEqual([login.session.id]);
    expectCode(await present(auth.refreshToken), 'INVALID_REFRESH_TOKEN', { reason: 'EXPIRED' });
  });

  test('a refresh moves the idle limit; being used otherwise does not', async () => {
    const { auth, client } = await latchkey.newAccount();
    latchkey.clock.advance('10m');
    const [before] = (await client.ask(ActiveSessionsDocument)).activeSessions;
    expect(before?.expiresAt).toBe(auth.session.expiresAt);
    latchkey.clock.advance('48m');
    const refreshed = await refresh(auth.refreshToken);
    expect(age(refreshed.session.expiresAt, auth.session)).toBeGreaterThan(117 * minute);
    latchkey.clock.advance('58m');
    expect((await refresh(refreshed.refreshToken)).session.id).toBe(auth.session.id);
  });

  test('no refresh moves the absolute limit', async () => {
    const { auth } = await latchkey.newAccount();
    let newest = auth;
    for (let step = 0; step < 3; step++) {
      latchkey.clock.advance('49m');
      newest = await refresh(newest.refreshToken);
    }
    const left = Math.floor(age(newest.session.expiresAt, auth.session) / 1_000);
    expect(left).toBeGreaterThanOrEqual(150 * 60 - 1);
    expect(left).toBeLessThanOrEqual(150 * 60);
    latchkey.clock.advance('4m');
    expectCode(await present(newest.refreshToken), 'INVALID_REFRESH_TOKEN', { reason: 'EXPIRED' });
  });

  test('no access token outlives its session, not even by its leeway', async () => {
    const { auth } = await latchkey.newAccount();
    latchkey.clock.advance('49m');
    const second = await refresh(auth.refreshToken);
    latchkey.clock.advance('49m');
    const third = await refresh(second.refreshToken);
    latchkey.clock.advance('51m');
    const { accessToken, accessTokenExpiresAt, session } = await refresh(third.refreshToken);
    expect(accessTokenExpiresAt).toBe(session.expiresAt);
    const client = latchkey.client({ token: accessToken });
    await client.ask(MeDocument);
    const left = Math.ceil((Date.parse(session.expiresAt) - latchkey.clock.now().getTime()) / 1_000);
    latchkey.clock.advance(`${left}s`);
    expectCode(await client.send(MeDocument), 'UNAUTHENTICATED', { reason: 'EXPIRED' });
  });

  test('what is answered and what the tokens say agree to the second', async () => {
    const { auth } = await latchkey.newAccount();
    latchkey.clock.advance('7m');
    const refreshed = await refresh(auth.refreshToken);
    const repeated = await refresh(auth.refreshToken);
    for (const each of [auth, refreshed, repeated]) {
      expect(expiry(each.accessToken)).toBe(Date.parse(each.accessTokenExpiresAt));
      expect(expiry(each.refreshToken)).toBe(Date.parse(each.refreshTokenExpiresAt));
      expect(each.session.expiresAt).toBe(each.refreshTokenExpiresAt);
    }
  });

  test('it expires inside the grace too', async () => {
    const { auth } = await latchkey.newAccount();
    let newest = auth;
    for (const wait of ['49m', '49m', '50m'] as const) {
      latchkey.clock.advance(wait);
      newest = await refresh(newest.refreshToken);
    }
    const successor = await refresh(newest.refreshToken);
    latchkey.clock.advance('150s');
    for (const { refreshToken } of [newest, successor]) {
      expectCode(await present(refreshToken), 'INVALID_REFRESH_TOKEN', { reason: 'EXPIRED' });
    }
  });

  test('an expired session is not among the active ones, and nothing ends it', async () => {
    const { email, password, auth } = await latchkey.newAccount();
    latchkey.clock.advance('61m');
    expect((await latchkey.client().ask(LogoutDocument, { token: auth.refreshToken })).logout.endedSessionIds).toEqual(
      [],
    );
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    const client = latchkey.client({ token: login.accessToken });
    const { activeSessions } = await client.ask(ActiveSessionsDocument);
    expect(activeSessions.map(({ id }) => id)).not.toContain(auth.session.id);
    expect((await client.ask(LogoutDocument, { sessionId: auth.session.id })).logout.endedSessionIds).toEqual([]);
  });
});
