import { beforeAll, describe, expect, test } from 'vitest';
import {
  LoginDocument,
  MeDocument,
  RefreshDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, { APP_URL: 'https://app.example.com' });
  });

  test('sets the new password, ends every session, verifies the address, and works once', async () => {
    const { client, auth, email, password } = await latchkey.newAccount();
    await latchkey.nextMail(email); // the verification link of the sign-up
    const { login } = await client.ask(LoginDocument, { input: { email, password } });

    const { requestPasswordReset } = await latchkey.client().ask(RequestPasswordResetDocument, { email: ` ${email}` });
    expect(requestPasswordReset).toEqual({ accepted: true });
    const { text, token = '' } = await latchkey.nextMail(email);
    expect(text).toContain(`https://app.example.com/reset-password#token=${token}\n`);

    const input = { token, newPassword: 'a whole new password' };
    const { resetPassword } = await latchkey.client().ask(ResetPasswordDocument, { input });
    expect(new Set(resetPassword.endedSessionIds)).toEqual(new Set([auth.session.id, login.session.id]));
    expectCode(await client.send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    const refresh = await latchkey.client().send(RefreshDocument, { refreshToken: login.refreshToken });
    expectCode(refresh, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });

    const withOld = await latchkey.client().send(LoginDocument, { input: { email, password } });
    expectCode(withOld, 'INVALID_CREDENTIALS');
    const withNew = await latchkey.client().ask(LoginDocument, { input: { email, password: input.newPassword } });
    expect(withNew.login.user).toMatchObject({ id: auth.user.id, emailVerified: true });
    expectCode(await latchkey.client().send(ResetPasswordDocument, { input }), 'INVALID_TOKEN');
  });

  test('an unknown address is answered alike and gets no mail', async () => {
    const known = await latchkey.newAccount();
    const ask = (email: string) => latchkey.client().send(RequestPasswordResetDocument, { email });
    const [unknown, answer] = [await ask('unknown@example.com'), await ask(known.email)];
    expect([unknown.data, unknown.errors, unknown.status]).toEqual([answer.data, answer.errors, answer.status]);
    await latchkey.nextMail(known.email);
    await latchkey.nextMail(known.email); // asked for after the other, which would have left by now
    expect((await latchkey.mails()).filter(({ to }) => to === 'unknown@example.com')).toEqual([]);
  });
});
