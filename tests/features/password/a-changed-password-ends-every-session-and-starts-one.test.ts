import { beforeAll, describe, expect, test } from 'vitest';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  LoginDocument,
  LoginHistoryDocument,
  MeDocument,
  RefreshDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
} from '../../client/generated/graphql.js';
import { cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const newPassword = 'a whole new password';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('the caller goes on under a new session, everybody else is signed out', async () => {
    const { client, auth, email, password } = await latchkey.newAccount();
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    const input = { currentPassword: password, newPassword };
    const { changePassword } = await client.ask(ChangePasswordDocument, { input });

    const { endedSessionIds, auth: fresh } = changePassword;
    expect(new Set(endedSessionIds)).toEqual(new Set([auth.session.id, login.session.id]));
    expect(fresh.user).toEqual({ ...auth.user, lastLoginAt: login.user.lastLoginAt });
    expect(fresh.session.current).toBe(true);
    for (const { accessToken: token, refreshToken } of [auth, login]) {
      expectCode(await latchkey.client({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      const refresh = await latchkey.client().send(RefreshDocument, { refreshToken });
      expectCode(refresh, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    }
    const caller = latchkey.client({ token: fresh.accessToken });
    const { activeSessions } = await caller.ask(ActiveSessionsDocument);
    expect(activeSessions.map(({ id }) => id)).toEqual([fresh.session.id]);
    const { refresh } = await latchkey.client().ask(RefreshDocument, { refreshToken: fresh.refreshToken });
    expect(refresh.session.id).toBe(fresh.session.id);
    const { loginHistory } = await caller.ask(LoginHistoryDocument);
    expect(loginHistory.nodes, 'it is no sign-in').toHaveLength(2);
  });

  test('the new password signs in, the old one does not', async () => {
    const { client, email, password } = await latchkey.newAccount();
    await client.ask(ChangePasswordDocument, { input: { currentPassword: password, newPassword } });
    const withOld = await latchkey.client().send(LoginDocument, { input: { email, password } });
    expectCode(withOld, 'INVALID_CREDENTIALS');
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password: newPassword } });
    expect(login.user.email).toBe(email);
  });

  test('a wrong current password changes nothing and ends nothing', async () => {
    const { client, email, password } = await latchkey.newAccount();
    const input = { currentPassword: 'not the right one', newPassword };
    expectCode(await client.send(ChangePasswordDocument, { input }), 'INVALID_CREDENTIALS');
    expect((await client.ask(MeDocument)).me.email).toBe(email);
    await latchkey.client().ask(LoginDocument, { input: { email, password } });
  });

  test('it voids every mailed reset token', async () => {
    const { client, email, password } = await latchkey.newAccount();
    await latchkey.nextMail(email);
    await client.ask(RequestPasswordResetDocument, { email });
    const { token = '' } = await latchkey.nextMail(email);
    await client.ask(ChangePasswordDocument, { input: { currentPassword: password, newPassword } });
    const reset = await latchkey.client().send(ResetPasswordDocument, { input: { token, newPassword: password } });
    expectCode(reset, 'INVALID_TOKEN');
  });

  test('its refresh token comes by cookie where that is asked for', async () => {
    const { client, password } = await latchkey.newAccount();
    const input = { currentPassword: password, newPassword, delivery: 'COOKIE' as const };
    const answer = await client.send(ChangePasswordDocument, { input });
    expect(answer.data?.changePassword.auth.refreshToken).toBeNull();
    const { refresh } = await latchkey.client({ cookie: cookieOf(answer)?.value ?? '' }).ask(RefreshDocument);
    expect(refresh.session.id).toBe(answer.data?.changePassword.auth.session.id);
  });

  test('of eight changes at once one happens', async () => {
    const { client, email, password } = await latchkey.newAccount();
    const passwords = Array.from({ length: 8 }, (_, n) => `the new password ${n}`);
    const answers = await Promise.all(
      passwords.map((next) =>
        client.send(ChangePasswordDocument, { input: { currentPassword: password, newPassword: next } }),
      ),
    );
    const winner = answers.findIndex(({ data }) => data !== null);
    for (const [n, answer] of answers.entries()) {
      const login = await latchkey.client().send(LoginDocument, { input: { email, password: passwords[n] ?? '' } });
      if (n === winner) expect(login.errors).toEqual([]);
      else {
        // Whoever looks after the change finds another password, or no session any more.
        expect(answer.errors[0]?.extensions.code).toMatch(/^(UNAUTHENTICATED|INVALID_CREDENTIALS)$/);
        expectCode(login, 'INVALID_CREDENTIALS');
      }
    }
    const token = answers[winner]?.data?.changePassword.auth.accessToken ?? '';
    expect((await latchkey.client({ token }).ask(MeDocument)).me.email).toBe(email);
  });
});
