import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, SignupDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('is rejected at the repetition, and makes no account', async () => {
    const credentials = { email: 'differs@example.com', password: 'correct horse battery' };
    const input = { ...credentials, confirmPassword: 'correct horse batterie' };
    const answer = await latchkey.client().send(SignupDocument, { input });

    const fields = [{ path: 'input.confirmPassword', message: expect.any(String) }];
    expectCode(answer, 'BAD_USER_INPUT', { fields });
    expect(JSON.stringify(answer)).not.toContain('batter');
    expectCode(await latchkey.client().send(LoginDocument, { input: credentials }), 'INVALID_CREDENTIALS');
  });

  test.each([
    ['the same', 'short', ['input.password']],
    ['another', 'shirt', ['input.confirmPassword', 'input.password']],
  ])('beside a password that is rejected, one that is %s is told by what it is', async (_, confirmPassword, paths) => {
    const input = { email: 'short@example.com', password: 'short', confirmPassword };
    const answer = await latchkey.client().send(SignupDocument, { input });

    const fields = answer.errors?.[0]?.extensions?.fields as { path: string }[];
    expect(fields.map(({ path }) => path).sort()).toEqual(paths);
  });

  test.each([
    ['the same', { confirmPassword: 'correct horse battery' }],
    ['null', { confirmPassword: null }],
    ['left out', {}],
  ])('one that is %s is taken', async (_, repeated) => {
    const { client, email } = await latchkey.newAccount({ password: 'correct horse battery', ...repeated });
    const input = { email, password: 'correct horse battery' };
    expect((await client.ask(LoginDocument, { input })).login.user.email).toBe(email);
  });

  test('letters and their accents may be typed in one piece or in two, in either', async () => {
    const [composed, inTwo] = ['caf\u00e9 noir, s\u00e9par\u00e9', 'cafe\u0301 noir, se\u0301pare\u0301'];
    for (const password of [composed, inTwo]) {
      for (const confirmPassword of [composed, inTwo]) await latchkey.newAccount({ password, confirmPassword });
    }
  });
});
