import { beforeAll, describe, expect, test } from 'vitest';
import {
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LogoutAllDocument,
  LogoutDocument,
  RefreshDocument,
  SignupDocument,
  TypedDocumentString,
} from '../../client/generated/graphql.js';
import { type Answer, cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const delivery = 'COOKIE' as const;
const password = 'correct horse battery';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, { REFRESH_TOKEN_TTL: '1h', SESSION_TTL: '100m' });
  });

  /** A page that has logged in, with its cookie and its access token. */
  async function newPage() {
    const { email } = await latchkey.newAccount({ password });
    const answer = await latchkey.client().send(LoginDocument, { input: { email, password, delivery } });
    const cookie = cookieOf(answer)?.value ?? '';
    const token = answer.data?.login.accessToken ?? '';
    return { email, cookie, token, id: answer.data?.login.session.id, page: latchkey.client({ cookie, token }) };
  }
  const present = (cookie: string) => latchkey.client({ cookie }).send(RefreshDocument);

  /** A cookie that only this origin gets, over TLS alone, out of scripts' reach, for these seconds. */
  function expectCookie(answer: Answer<unknown>, seconds: number) {
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    const { attributes } = cookieOf(answer) ?? {};
    const { 'max-age': maxAge, ...others } = attributes ?? {};
    expect(others).toEqual({ httponly: '', secure: '', samesite: 'Strict', path: '/' });
    expect(Number(maxAge)).toBeLessThanOrEqual(seconds);
    expect(Number(maxAge)).toBeGreaterThan(seconds - 30);
  }

  function expectCleared(answer: Answer<unknown>) {
    const { value, attributes } = cookieOf(answer) ?? {};
    expect(value).toBe('');
    expect(attributes).toMatchObject({ path: '/', secure: '' });
    expect(attributes?.['max-age'] === '0' || Date.parse(attributes?.expires ?? '') <= 0).toBe(true);
  }

  describe('set', () => {
    test('by signup, login and changePassword, where it is asked for, and then it is not in the payload', async () => {
      const email = `${crypto.randomUUID()}@example.com`;
      const signup = await latchkey.client().send(SignupDocument, { input: { email, password, delivery } });
      const login = await latchkey.client().send(LoginDocument, { input: { email, password, delivery } });
      const client = latchkey.client({ token: login.data?.login.accessToken ?? '' });
      const input = { currentPassword: password, newPassword: 'another horse battery', delivery };
      const change = await client.send(ChangePasswordDocument, { input });
      for (const answer of [signup, login, change]) expectCookie(answer, 3_600);
      const payloads = [signup.data?.signup, login.data?.login, change.data?.changePassword.auth];
      for (const payload of payloads) {
        expect(payload).toMatchObject({ refreshToken: null, refreshTokenExpiresAt: payload?.session.expiresAt });
      }
    });

    test('never where the payload carries the token', async () => {
      const { email } = await latchkey.newAccount({ password });
      const answer = await latchkey.client().send(LoginDocument, { input: { email, password } });
      expect(answer.data?.login.refreshToken).toMatch(/^ey/);
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    test('for what is left of the session', async () => {
      const { cookie } = await newPage();
      latchkey.clock.advance('50m');
      const second = await present(cookie);
      expectCookie(second, 50 * 60);
      latchkey.clock.advance('10s');
      expectCookie(await present(cookie), 50 * 60 - 10);
    });
  });

  describe('answered', () => {
    test('a token that came by cookie is answered by cookie only', async () => {
      const { cookie } = await newPage();
      const answer = await present(cookie);
      expect(answer.data?.refresh.refreshToken).toBeNull();
      expectCookie(answer, 3_600);
      expect(cookieOf(answer)?.value).not.toBe(cookie);
      expect(JSON.stringify(answer.data)).not.toContain(cookieOf(answer)?.value);
    });

    test('an argument wins over the cookie, and is answered in the payload', async () => {
      const { cookie, id, page } = await newPage();
      const { auth } = await latchkey.newAccount();
      const answer = await page.send(RefreshDocument, { refreshToken: auth.refreshToken });
      expect(answer.data?.refresh.session.id).toBe(auth.session.id);
      expect(answer.data?.refresh.refreshToken).toMatch(/^ey/);
      expect(cookieOf(answer)).toBeNull();
      expect((await present(cookie)).data?.refresh.session.id).toBe(id);
    });

    test('a wrong argument is rejected, whatever the cookie', async () => {
      const { page } = await newPage();
      for (const refreshToken of ['wrong', '']) {
        const answer = await page.send(RefreshDocument, { refreshToken });
        expectCode(answer, 'INVALID_REFRESH_TOKEN', { reason: 'INVALID' });
        expect(cookieOf(answer)).toBeNull();
      }
    });

    test('null is no argument', async () => {
      const { page, id } = await newPage();
      expect((await page.ask(RefreshDocument, { refreshToken: null })).refresh.session.id).toBe(id);
    });

    test('a cookie gives no access, and none is asked for where there is an access token', async () => {
      const { cookie, page } = await newPage();
      const input = { currentPassword: password, newPassword: 'another horse battery' };
      const answer = await latchkey.client({ cookie }).send(ChangePasswordDocument, { input });
      expectCode(answer, 'UNAUTHENTICATED', { reason: 'MISSING' });
      expect((await page.ask(ChangePasswordDocument, { input })).changePassword.auth.refreshToken).toMatch(/^ey/);
    });
  });

  describe('kept', () => {
    test('by every rejected refresh', async () => {
      const { cookie, token } = await newPage();
      expect(cookieOf(await present('garbage'))).toBeNull();
      await present(cookie);
      latchkey.clock.advance('31s');
      const reused = await present(cookie);
      expectCode(reused, 'INVALID_REFRESH_TOKEN', { reason: 'REUSED' });
      const ended = await present(cookie);
      expectCode(ended, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
      const access = await present(token);
      expectCode(access, 'INVALID_REFRESH_TOKEN', { reason: 'INVALID' });
      for (const answer of [reused, ended, access]) expect(answer.headers.getSetCookie()).toEqual([]);
    });

    test('while its session is live: another session is ended, or all others', async () => {
      const { email, page, id } = await newPage();
      const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
      const one = await page.send(LogoutDocument, { sessionId: login.session.id });
      expect(one.data?.logout.endedSessionIds).toEqual([login.session.id]);
      const others = await page.send(LogoutAllDocument, { keepCurrent: true });
      expect(others.data?.logoutAll.endedSessionIds).not.toContain(id);
      const nobody = await page.send(LogoutDocument, { token: 'unknown' });
      for (const answer of [one, others, nobody]) expect(answer.headers.getSetCookie()).toEqual([]);
    });

    test('by a deactivation that is rejected', async () => {
      const { page } = await newPage();
      const answer = await page.send(DeactivateAccountDocument, { password: 'wrong horse battery' });
      expectCode(answer, 'INVALID_CREDENTIALS');
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    test('by a changed password, though it ends its session', async () => {
      const { page } = await newPage();
      const input = { currentPassword: password, newPassword: 'another horse battery' };
      expect(cookieOf(await page.send(ChangePasswordDocument, { input }))).toBeNull();
    });
  });

  describe('cleared', () => {
    test('by logout, logoutAll and deactivateAccount, when its session is no longer live', async () => {
      const pages = [await newPage(), await newPage(), await newPage(), await newPage(), await newPage()] as const;
      expectCleared(await pages[0].page.send(LogoutDocument));
      expectCleared(await pages[1].page.send(LogoutAllDocument));
      expectCleared(await pages[2].page.send(DeactivateAccountDocument, { password }));
      expectCleared(await pages[3].page.send(LogoutDocument, { sessionId: pages[3].id }));
      expectCleared(await pages[4].page.send(LogoutDocument, { token: pages[4].token }));
    });

    test('by the logout that finds it ended', async () => {
      const { page, cookie } = await newPage();
      await page.ask(LogoutDocument);
      expectCleared(await latchkey.client({ cookie }).send(LogoutDocument));
    });

    test('not where a login in the same document has given a new one', async () => {
      const { page, email } = await newPage();
      const query = `mutation { login(input: { email: "${email}", password: "${password}", delivery: COOKIE }) { session { id } }
        logout { endedSessionIds } }`;
      const answer = await page.send(new TypedDocumentString<unknown, Record<string, never>>(query));
      expect(answer.errors).toEqual([]);
      expectCookie(answer, 3_600);
    });

    test('nor kept where it was given in the same document to the session that ends', async () => {
      const { cookie } = await newPage();
      const query = 'mutation { refresh { session { id } } logout { endedSessionIds } }';
      const answer = await latchkey
        .client({ cookie })
        .send(new TypedDocumentString<unknown, Record<string, never>>(query));
      expect(answer.errors).toEqual([]);
      expectCleared(answer);
    });

    test('together with all, by the caller of another session whose cookie it is', async () => {
      const { email, cookie } = await newPage();
      const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
      expectCleared(await latchkey.client({ cookie, token: login.accessToken }).send(LogoutAllDocument));
    });
  });
});
