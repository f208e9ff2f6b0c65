import { beforeAll, describe, expect, test } from 'vitest';
import {
  DeactivateAccountDocument,
  LoginDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

const newPassword = 'a whole new password';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  /** An account whose sign-up mail has come, and reset tokens of it, oldest first. */
  async function accountWithTokens(count = 1): Promise<{ account: Account; tokens: string[]; verification: string }> {
    const account = await latchkey.newAccount();
    const { token: verification = '' } = await latchkey.nextMail(account.email);
    const tokens: string[] = [];
    while (tokens.length < count) {
      await latchkey.client().ask(RequestPasswordResetDocument, { email: account.email });
      tokens.push((await latchkey.nextMail(account.email)).token ?? '');
    }
    return { account, tokens, verification };
  }

  const reset = (token = '', password = newPassword) =>
    latchkey.client().send(ResetPasswordDocument, { input: { token, newPassword: password } });

  test('a rejected new password does not spend it', async () => {
    const { tokens } = await accountWithTokens();
    for (const refused of ['short', 'password1', 'nul\0nul\0nul']) {
      const fields = [{ path: 'input.newPassword', message: expect.any(String) }];
      expectCode(await reset(tokens[0], refused), 'BAD_USER_INPUT', { fields });
    }
    expect((await reset(tokens[0])).errors).toEqual([]);
  });

  test('presented twenty times at once, it sets one password', async () => {
    const { account, tokens } = await accountWithTokens();
    const passwords = Array.from({ length: 20 }, (_, n) => `the new password ${n}`);
    const answers = await Promise.all(passwords.map((password) => reset(tokens[0], password)));
    const winners = passwords.filter((_, n) => answers[n]?.data);
    expect(winners).toHaveLength(1);
    for (const answer of answers.filter(({ data }) => data === null)) expectCode(answer, 'INVALID_TOKEN');
    const input = { email: account.email, password: winners[0] ?? '' };
    expect((await latchkey.client().ask(LoginDocument, { input })).login.user.id).toBe(account.auth.user.id);
  });

  test('the newest three work, and of those at once only one: it voids the rest', async () => {
    const { tokens } = await accountWithTokens(4);
    expectCode(await reset(tokens[0]), 'INVALID_TOKEN');
    const answers = await Promise.all(tokens.slice(1).map((token) => reset(token)));
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1);
    for (const token of tokens) expectCode(await reset(token), 'INVALID_TOKEN');
  });

  test('it works for an hour', async () => {
    const { tokens: early } = await accountWithTokens();
    latchkey.clock.advance('59m');
    expect((await reset(early[0])).errors).toEqual([]);
    const { tokens: late } = await accountWithTokens();
    latchkey.clock.advance('61m');
    expectCode(await reset(late[0]), 'INVALID_TOKEN');
  });

  test('whatever else is presented is INVALID_TOKEN, whatever its form', async () => {
    const { tokens, verification } = await accountWithTokens();
    const token = tokens[0] ?? '';
    const others = [
      '',
      'unknown',
      ` ${token}`,
      `${token}=`,
      token.toLowerCase(),
      '\0',
      'é',
      '\ud800',
      'x'.repeat(5_000),
    ];
    for (const other of [...others, verification]) expectCode(await reset(other), 'INVALID_TOKEN');
    expectCode(await latchkey.client().send(VerifyEmailDocument, { token }), 'INVALID_TOKEN');
    expect((await reset(token)).errors, 'none of this has spent it').toEqual([]);
  });

  test('a deactivated account cannot be reset: not by an older token, and it gets no new one', async () => {
    const { account, tokens } = await accountWithTokens();
    const { email, password, client } = account;
    await client.ask(DeactivateAccountDocument, { password });
    expectCode(await reset(tokens[0]), 'INVALID_TOKEN');
    const { requestPasswordReset } = await latchkey.client().ask(RequestPasswordResetDocument, { email });
    expect(requestPasswordReset).toEqual({ accepted: true });
    await accountWithTokens(); // mails that were asked for later have come
    expect((await latchkey.mails()).filter(({ to }) => to === email)).toHaveLength(2);
    const answer = await latchkey.client().send(LoginDocument, { input: { email, password } });
    expectCode(answer, 'ACCOUNT_DEACTIVATED');
  });
});
