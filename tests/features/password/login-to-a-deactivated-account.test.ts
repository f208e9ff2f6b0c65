import { beforeAll, describe, expect, test } from 'vitest';
import { DeactivateAccountDocument, LoginDocument, SignupDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { storedHash } from '../../support/stored.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('is rejected by email and by username, and the reason is answered only to the right password', async () => {
    const { client, email, password } = await latchkey.newAccount({ username: 'leaving' });
    await client.ask(DeactivateAccountDocument, { password });
    for (const name of [{ email }, { username: 'leaving' }]) {
      const right = await latchkey.client().send(LoginDocument, { input: { ...name, password } });
      expectCode(right, 'ACCOUNT_DEACTIVATED');
      expect(right.data).toBeNull();
      const wrong = await latchkey.client().send(LoginDocument, { input: { ...name, password: 'not the right one' } });
      expectCode(wrong, 'INVALID_CREDENTIALS');
    }
  });

  test('its email and username stay taken', async () => {
    const { client, email, password } = await latchkey.newAccount({ username: 'stays' });
    await client.ask(DeactivateAccountDocument, { password });
    const again = { email, password };
    expectCode(await latchkey.client().send(SignupDocument, { input: again }), 'EMAIL_TAKEN');
    const sameName = { email: 'other@example.com', password, username: 'stays' };
    expectCode(await latchkey.client().send(SignupDocument, { input: sameName }), 'USERNAME_TAKEN');
  });

  test('the data stays', async () => {
    const { client, email, password, auth } = await latchkey.newAccount();
    const { deactivateAccount } = await client.ask(DeactivateAccountDocument, { password });
    expect(deactivateAccount.endedSessionIds).toEqual([auth.session.id]);
    expect(await storedHash(latchkey.databaseUrl, email)).toMatch(/^\$2/);
  });
});
