import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const password = 'correct horse battery';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test.each([
    ['neither email nor username', {}, 'input'],
    ['null for both', { email: null, username: null }, 'input'],
    ['both', { email: 'ada@example.com', username: 'ada' }, 'input'],
    ['both, though one is empty', { email: '', username: 'ada' }, 'input'],
    ['an over-long email', { email: `${'a'.repeat(243)}@example.com` }, 'input.email'],
    ['an over-long username', { username: 'a'.repeat(33) }, 'input.username'],
    ['an over-long password', { username: 'ada', password: 'a'.repeat(257) }, 'input.password'],
  ])('%s is BAD_USER_INPUT', async (_, given, path) => {
    const fields = [{ path, message: expect.any(String) }];
    const answer = await latchkey.client().send(LoginDocument, { input: { password, ...given } });
    expectCode(answer, 'BAD_USER_INPUT', { fields });
  });

  test.each([
    ['no address', { email: 'ada' }],
    ['an empty address', { email: '' }],
    ['an address with NUL', { email: 'ada\0@example.com' }],
    ['a lone surrogate', { email: 'ada\ud800@example.com' }],
    ['the longest address', { email: `${'a'.repeat(242)}@example.com` }],
    ['a reserved username', { username: 'admin' }],
    ['a username with NUL', { username: 'ada\0' }],
    ['an empty username', { username: '' }],
    ['an empty password', { username: 'ada', password: '' }],
    ['a password with NUL', { username: 'ada', password: 'correct\0horse' }],
    ['a password of half a character', { username: 'ada', password: '\udc00' }],
    ['the longest password', { username: 'ada', password: '😀'.repeat(256) }],
    ['null beside an address', { email: 'ada@example.com', username: null }],
  ])('%s is INVALID_CREDENTIALS', async (_, given) => {
    const answer = await latchkey.client().send(LoginDocument, { input: { password, ...given } });
    expectCode(answer, 'INVALID_CREDENTIALS');
  });

  test('Space around an email or a username does not matter, around a password it does', async () => {
    const { email } = await latchkey.newAccount({ username: 'spaced', password });
    const send = (input: { email?: string; username?: string; password: string }) =>
      latchkey.client().send(LoginDocument, { input });
    expect((await send({ email: ` ${email.toUpperCase()}\t`, password })).data?.login.user.email).toBe(email);
    expect((await send({ username: ' Spaced\n', password })).data?.login.user.email).toBe(email);
    expectCode(await send({ username: 'spaced', password: `${password} ` }), 'INVALID_CREDENTIALS');
  });
});
