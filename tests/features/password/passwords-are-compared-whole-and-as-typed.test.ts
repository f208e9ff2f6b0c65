import { beforeAll, describe, expect, test } from 'vitest';
import { ChangePasswordDocument, LoginDocument, SignupDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const first72 = 'seventy-two bytes, which is all that bcrypt looks at, and not one more.'.padEnd(72, '!');

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  async function opens(email: string, password: string): Promise<boolean> {
    const answer = await latchkey.client().send(LoginDocument, { input: { email, password } });
    if (answer.errors.length > 0) expectCode(answer, 'INVALID_CREDENTIALS');
    return answer.errors.length === 0;
  }

  const typed: [string, string, string[]][] = [
    ['72 bytes', first72, [`${first72}!`, first72.slice(0, -1)]],
    ['73 bytes', `${first72}a`, [first72, `${first72}b`, `${first72}aa`]],
    ['256 characters of four bytes', '😀'.repeat(256), ['😀'.repeat(255), `${'😀'.repeat(255)}😁`]],
    ['space at its ends', '  eight  ', ['eight', ' eight  ', '  eight ']],
    ['capitals', 'Correct Horse', ['correct horse', 'CORRECT HORSE']],
    ['letters that only look alike', 'раssword-раssword', ['password-password']],
  ];

  // Hashing compares them: the database has a hash, which is ASCII.
  test.each(engine === 'sqlite' ? typed : typed.slice(2, 3))(
    'a password of %s opens the account, and nothing near it does',
    async (_, password, others) => {
      const { email } = await latchkey.newAccount({ password });
      expect(await opens(email, password)).toBe(true);
      for (const other of others) expect(await opens(email, other)).toBe(false);
    },
  );

  test('an accented letter is the same letter however the keyboard sends it', async () => {
    const { email, client } = await latchkey.newAccount({ password: 'cr\u00e8me br\u00fbl\u00e9e' });
    expect(await opens(email, 'cre\u0300me bru\u0302le\u0301e')).toBe(true);
    expect(await opens(email, 'creme brulee')).toBe(false);
    const input = { currentPassword: 'cre\u0300me bru\u0302le\u0301e', newPassword: 'pi\u00f1a colada' };
    await client.ask(ChangePasswordDocument, { input });
    expect(await opens(email, 'pin\u0303a colada')).toBe(true);
  });

  const rejected = [
    ['too short', 'seven77'],
    ['too short in characters, though not in bytes', '😀'.repeat(7)],
    ['too long', 'a'.repeat(257)],
    ['a common one', 'password1'],
    ['a common one in capitals', 'PassWord1'],
    ['with NUL', 'correct\0horse'],
    ['with half a character', 'correct horse \ud800'],
  ];

  test.each(engine === 'sqlite' ? rejected : rejected.slice(0, 1))(
    'one that is %s can be chosen neither at sign-up nor later',
    async (_, newPassword) => {
      const signup = { email: 'nobody@example.com', password: newPassword };
      const fields = (path: string) => ({ fields: [{ path, message: expect.any(String) }] });
      const refused = await latchkey.client().send(SignupDocument, { input: signup });
      expectCode(refused, 'BAD_USER_INPUT', fields('input.password'));

      const { client, email, password } = await latchkey.newAccount();
      const change = await client.send(ChangePasswordDocument, { input: { currentPassword: password, newPassword } });
      expectCode(change, 'BAD_USER_INPUT', fields('input.newPassword'));
      expect(await opens(email, password)).toBe(true);
    },
  );

  test.each(['8 chars!', '😀'.repeat(8), `${'x'.repeat(255)}é`])('%s can be chosen', async (password) => {
    const { email } = await latchkey.newAccount({ password });
    expect(await opens(email, password)).toBe(true);
  });
});

test('PASSWORD_MIN_LENGTH says how short a new one may be, and locks no account out', async () => {
  const before = await startLatchkey('sqlite');
  const { email, password } = await before.newAccount({ password: 'short one' });
  const latchkey = await startLatchkey(before, { PASSWORD_MIN_LENGTH: '12' });
  const input = { email: 'new@example.com', password: 'eleven char' };
  expectCode(await latchkey.client().send(SignupDocument, { input }), 'BAD_USER_INPUT');
  await latchkey.newAccount({ password: 'twelve chars' });
  expect((await latchkey.client().ask(LoginDocument, { input: { email, password } })).login.user.email).toBe(email);
});
