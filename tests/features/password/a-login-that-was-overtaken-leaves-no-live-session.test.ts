import { beforeAll, describe, expect, test } from 'vitest';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  type LoginMutation,
  MeDocument,
  RefreshDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
} from '../../client/generated/graphql.js';
import { type Answer, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

const newPassword = 'a whole new password';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    // Four logins at a time: what is done meanwhile overtakes those that are hashing.
    latchkey = await startLatchkey(engine, { BCRYPT_COST: '5' });
  });

  /** Logs in with the old password all the time that `work` takes; each of the four ends with a login that began before. */
  async function whileLoggingIn({ email, password }: Account, work: () => Promise<unknown>) {
    const logins: Answer<LoginMutation>[] = [];
    let done = false;
    async function keepLoggingIn() {
      while (!done) logins.push(await latchkey.client().send(LoginDocument, { input: { email, password } }));
    }
    const clients = [keepLoggingIn(), keepLoggingIn(), keepLoggingIn(), keepLoggingIn()];
    await work();
    done = true;
    await Promise.all(clients);
    return logins;
  }

  /** Each was refused with this code, or started a session that has ended by now. */
  async function expectDead(logins: Answer<LoginMutation>[], code: 'INVALID_CREDENTIALS' | 'ACCOUNT_DEACTIVATED') {
    for (const answer of logins) {
      if (answer.data === null) {
        expectCode(answer, code);
        continue;
      }
      const { accessToken: token, refreshToken } = answer.data.login;
      expectCode(await latchkey.client({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      const refresh = await latchkey.client().send(RefreshDocument, { refreshToken });
      expectCode(refresh, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    }
  }

  async function resetToken(email: string): Promise<string> {
    await latchkey.nextMail(email);
    await latchkey.client().ask(RequestPasswordResetDocument, { email });
    return (await latchkey.nextMail(email)).token ?? '';
  }

  test('by a password reset', async () => {
    const account = await latchkey.newAccount();
    const input = { token: await resetToken(account.email), newPassword };
    const logins = await whileLoggingIn(account, () => latchkey.client().ask(ResetPasswordDocument, { input }));
    await expectDead(logins, 'INVALID_CREDENTIALS');
  });

  test('by a changed password, whose own session is the only one', async () => {
    const account = await latchkey.newAccount();
    const input = { currentPassword: account.password, newPassword };
    const changes: string[] = [];
    const logins = await whileLoggingIn(account, async () => {
      changes.push((await account.client.ask(ChangePasswordDocument, { input })).changePassword.auth.accessToken);
    });
    await expectDead(logins, 'INVALID_CREDENTIALS');
    const { activeSessions } = await latchkey.client({ token: changes[0] ?? '' }).ask(ActiveSessionsDocument);
    expect(activeSessions).toEqual([expect.objectContaining({ current: true })]);
  });

  test('by a deactivation', async () => {
    const account = await latchkey.newAccount();
    const { password } = account;
    const logins = await whileLoggingIn(account, () => account.client.ask(DeactivateAccountDocument, { password }));
    await expectDead(logins, 'ACCOUNT_DEACTIVATED');
  });
});
