import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, SignupDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const reserved = ['admin', 'root', 'support', 'system', 'latchkey', 'me', 'null', 'undefined'];
const invalid = [
  '',
  'ab',
  'x'.repeat(33),
  '-ada',
  'ada-',
  '.ada',
  'ada_',
  'a da',
  ' ada',
  'a@da',
  'adä',
  'ada\n',
  '😀😀😀',
];

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('an account with a username signs in with it, however it is capitalised, or with its email', async () => {
    const { auth, email, password } = await latchkey.newAccount({ username: 'Ada.Lovelace_1815' });
    expect(auth.user.username).toBe('ada.lovelace_1815');
    const names = [{ username: 'ada.lovelace_1815' }, { username: 'ADA.Lovelace_1815' }, { email }];
    for (const name of names) {
      const { login } = await latchkey.client().ask(LoginDocument, { input: { ...name, password } });
      expect(login.user).toMatchObject({ id: auth.user.id, username: 'ada.lovelace_1815', email });
    }
  });

  test('the wrong password is rejected with the username too', async () => {
    await latchkey.newAccount({ username: 'grace' });
    const input = { username: 'grace', password: 'not the right one' };
    expectCode(await latchkey.client().send(LoginDocument, { input }), 'INVALID_CREDENTIALS');
  });

  test('an email is no username, and a username no email', async () => {
    const { email, password } = await latchkey.newAccount({ username: 'hedy' });
    for (const name of [{ username: email }, { email: 'hedy' }]) {
      const answer = await latchkey.client().send(LoginDocument, { input: { ...name, password } });
      expect(answer.errors[0]?.extensions.code).toMatch(/^(INVALID_CREDENTIALS|BAD_USER_INPUT)$/);
    }
  });

  test.each(['abc', '0-9', 'x'.repeat(32), 'a.b_c-d'])('%s can be chosen', async (username) => {
    expect((await latchkey.newAccount({ username })).auth.user.username).toBe(username);
  });

  // The rule is asked before the database.
  test.each(engine === 'sqlite' ? [...reserved, 'ADMIN', ...invalid] : ['admin'])(
    '%j cannot be chosen',
    async (username) => {
      const input = { email: 'nobody@example.com', password: 'correct horse battery', username };
      const fields = [{ path: 'input.username', message: expect.any(String) }];
      expectCode(await latchkey.client().send(SignupDocument, { input }), 'BAD_USER_INPUT', { fields });
    },
  );
});
