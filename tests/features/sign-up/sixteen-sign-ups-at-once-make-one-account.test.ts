import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, SignupDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const callers = Array.from({ length: 16 }, (_, n) => n);

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  /** Signs all of them up at once; answers the one that won and those that lost, who are told why. */
  async function race(
    inputs: { email: string; username?: string; password: string }[],
    taken: 'EMAIL_TAKEN' | 'USERNAME_TAKEN',
  ) {
    const answers = await Promise.all(
      inputs.map(async (input) => ({ input, answer: await latchkey.client().send(SignupDocument, { input }) })),
    );
    const losers = answers.filter(({ answer }) => answer.data === null);
    for (const { answer } of losers) expectCode(answer, taken);
    const [winner, ...more] = answers.filter(({ answer }) => answer.data !== null);
    expect(more).toEqual([]);
    if (!winner) throw new Error('Nobody won.');
    return { winner: winner.input, losers: losers.map(({ input }) => input) };
  }

  test('with one email: the account is the one of the request that was answered with it', async () => {
    const email = `${randomUUID()}@example.com`;
    const inputs = callers.map((n) => ({ email, password: `the password of caller ${n}` }));
    const { winner, losers } = await race(inputs, 'EMAIL_TAKEN');
    await latchkey.client().ask(LoginDocument, { input: winner });
    for (const input of losers) {
      expectCode(await latchkey.client().send(LoginDocument, { input }), 'INVALID_CREDENTIALS');
    }
  });

  test('with one username: nothing is left of the others, whose addresses are still free', async () => {
    const username = 'wanted';
    const inputs = callers.map((n) => ({ email: `${randomUUID()}@example.com`, username, password: `of caller ${n}` }));
    const { winner, losers } = await race(inputs, 'USERNAME_TAKEN');
    const { login } = await latchkey.client().ask(LoginDocument, { input: { username, password: winner.password } });
    expect(login.user.email).toBe(winner.email);
    for (const { email, password } of losers)
      expect((await latchkey.newAccount({ email, password })).email).toBe(email);
  });
});
