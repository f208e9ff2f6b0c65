import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  LoginDocument,
  LoginHistoryDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  SignupDocument,
  VerifyEmailDocument,
} from '../../client/generated/graphql.js';
import { cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, { REQUIRE_VERIFIED_EMAIL: 'true' });
  });

  /** Signs up, which starts no session here; answers the new account and the token that was mailed to it. */
  async function signUp() {
    const input = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
    const answer = await latchkey.client().send(SignupDocument, { input: { ...input, delivery: 'COOKIE' } });
    expectCode(answer, 'EMAIL_NOT_VERIFIED');
    expect(answer.data).toBeNull();
    expect(cookieOf(answer)).toBeNull();
    const { token = '' } = await latchkey.nextMail(input.email);
    return { input, token };
  }

  const login = (input: { email: string; password: string }) => latchkey.client().send(LoginDocument, { input });

  test('until the mailed token has verified it', async () => {
    const { input, token } = await signUp();
    expectCode(await login(input), 'EMAIL_NOT_VERIFIED');
    const { verifyEmail } = await latchkey.client().ask(VerifyEmailDocument, { token });
    expect(verifyEmail).toMatchObject({ email: input.email, emailVerified: true });

    const { data } = await login(input);
    const client = latchkey.client({ token: data?.login.accessToken ?? '' });
    const { loginHistory } = await client.ask(LoginHistoryDocument);
    expect(loginHistory.nodes[0]).toMatchObject({ succeeded: true, sessionId: data?.login.session.id });
    expect(loginHistory.nodes[1]).toMatchObject({ succeeded: false, failure: 'EMAIL_NOT_VERIFIED', sessionId: null });
  });

  test('a login with the right password mails a fresh link, which works too', async () => {
    const { input } = await signUp();
    expectCode(await login(input), 'EMAIL_NOT_VERIFIED');
    const { token = '' } = await latchkey.nextMail(input.email);
    await latchkey.client().ask(VerifyEmailDocument, { token });
    expect((await login(input)).errors).toEqual([]);
  });

  test('a wrong password learns nothing of it, and mails nothing', async () => {
    const { input } = await signUp();
    expectCode(await login({ ...input, password: 'not the right one' }), 'INVALID_CREDENTIALS');
    await signUp(); // whose mail was owed later
    expect((await latchkey.mails()).filter(({ to }) => to === input.email)).toHaveLength(1);
  });

  test('a password reset verifies the address too', async () => {
    const { input } = await signUp();
    await latchkey.client().ask(RequestPasswordResetDocument, { email: input.email });
    const { token = '' } = await latchkey.nextMail(input.email);
    const newPassword = 'a whole new password';
    const { resetPassword } = await latchkey.client().ask(ResetPasswordDocument, { input: { token, newPassword } });
    expect(resetPassword.endedSessionIds).toEqual([]);
    const { data } = await login({ ...input, password: newPassword });
    expect(data?.login.user.emailVerified).toBe(true);
  });

  test('the account exists nevertheless: its address is taken', async () => {
    const { input } = await signUp();
    expectCode(await latchkey.client().send(SignupDocument, { input }), 'EMAIL_TAKEN');
  });
});
