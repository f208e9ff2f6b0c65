import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, MeDocument, SignupDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('is rejected however it is written, and the account stays as it was', async () => {
    const owner = await latchkey.newAccount({ email: 'ada@bücher.example', firstName: 'Ada' });
    const others = ['ada@bücher.example', ' ADA@BÜCHER.EXAMPLE ', 'Ada@xn--bcher-kva.example'];
    for (const email of others) {
      const input = { email, password: 'another good password', firstName: 'Eve' };
      expectCode(await latchkey.client().send(SignupDocument, { input }), 'EMAIL_TAKEN');
      expectCode(
        await latchkey.client().send(LoginDocument, { input: { email, password: input.password } }),
        'INVALID_CREDENTIALS',
      );
    }
    expect((await owner.client.ask(MeDocument)).me).toEqual(owner.auth.user);
  });

  test('a username already taken is rejected too; of both, the email is named', async () => {
    const { email } = await latchkey.newAccount({ username: 'grace' });
    const password = 'another good password';
    const sameName = { email: 'not.grace@example.com', password, username: 'Grace' };
    expectCode(await latchkey.client().send(SignupDocument, { input: sameName }), 'USERNAME_TAKEN');
    expectCode(await latchkey.client().send(SignupDocument, { input: { ...sameName, email } }), 'EMAIL_TAKEN');
  });
});
