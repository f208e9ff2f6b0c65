import { beforeAll, describe, expect, test } from 'vitest';
import {
  DeactivateAccountDocument,
  MeDocument,
  RequestEmailVerificationDocument,
  RequestPasswordResetDocument,
  VerifyEmailDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, { APP_URL: 'https://app.example.com/account' });
  });

  const verify = (token = '') => latchkey.client().send(VerifyEmailDocument, { token });

  test('which the sign-up mails, and which needs no session and works once', async () => {
    const { client, auth, email } = await latchkey.newAccount();
    expect(auth.user.emailVerified).toBe(false);
    const { text, token } = await latchkey.nextMail(email);
    expect(text).toContain(`https://app.example.com/account/verify-email#token=${token}\n`);

    const verified = { ...auth.user, emailVerified: true };
    expect((await verify(token)).data?.verifyEmail).toEqual(verified);
    expect((await client.ask(MeDocument)).me, 'the session goes on').toEqual(verified);
    expectCode(await verify(token), 'INVALID_TOKEN');
  });

  test('of four that were mailed the newest three work, and using one voids the rest', async () => {
    const { client, email } = await latchkey.newAccount();
    const tokens = [(await latchkey.nextMail(email)).token];
    while (tokens.length < 4) {
      expect((await client.ask(RequestEmailVerificationDocument)).requestEmailVerification.accepted).toBe(true);
      tokens.push((await latchkey.nextMail(email)).token);
    }
    const [first, second, third, fourth] = tokens;
    expectCode(await verify(first), 'INVALID_TOKEN');
    expect((await verify(second)).errors).toEqual([]);
    for (const token of [third, fourth]) expectCode(await verify(token), 'INVALID_TOKEN');
  });

  test('it works for a day', async () => {
    const early = await latchkey.newAccount();
    const { token } = await latchkey.nextMail(early.email);
    latchkey.clock.advance('23h');
    expect((await verify(token)).errors).toEqual([]);
    const late = await latchkey.newAccount();
    const { token: expired } = await latchkey.nextMail(late.email);
    latchkey.clock.advance('25h');
    expectCode(await verify(expired), 'INVALID_TOKEN');
  });

  test('whatever else is presented is INVALID_TOKEN, whatever its form', async () => {
    const { email } = await latchkey.newAccount();
    await latchkey.nextMail(email);
    await latchkey.client().ask(RequestPasswordResetDocument, { email });
    const { token: resetToken } = await latchkey.nextMail(email);
    for (const token of [resetToken, '', 'unknown', '\0', '\ud800', 'x'.repeat(5_000)]) {
      expectCode(await verify(token), 'INVALID_TOKEN');
    }
  });

  test('a verified address gets no further mail, and a closed account cannot be verified', async () => {
    const { client, email, password } = await latchkey.newAccount();
    await verify((await latchkey.nextMail(email)).token);
    expect((await client.ask(RequestEmailVerificationDocument)).requestEmailVerification.accepted).toBe(true);
    const closed = await latchkey.newAccount();
    const { token } = await latchkey.nextMail(closed.email); // asked for later than the one that does not come
    expect((await latchkey.mails()).filter(({ to }) => to === email)).toHaveLength(1);
    await closed.client.ask(DeactivateAccountDocument, { password });
    expectCode(await verify(token), 'INVALID_TOKEN');
  });

  test('only the owner can ask for a link', async () => {
    const answer = await latchkey.client().send(RequestEmailVerificationDocument);
    expectCode(answer, 'UNAUTHENTICATED', { reason: 'MISSING' });
  });
});
