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

  test.each([
    ['Ada', 'Lovelace'],
    ['María José', "O'Neil-Núñez"],
    ['अदिति', '山田'],
    ['😀'.repeat(100), 'x'.repeat(100)],
  ])('%s %s are answered by signup, login and me', async (firstName, lastName) => {
    const { auth, client, email, password } = await latchkey.newAccount({ firstName, lastName });
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    const { me } = await client.ask(MeDocument);
    for (const user of [auth.user, login.user, me]) expect(user).toMatchObject({ firstName, lastName });
  });

  test('space around them is dropped; left out, they are null', async () => {
    const { auth } = await latchkey.newAccount({ firstName: '  Ada King \n' });
    expect(auth.user).toMatchObject({ firstName: 'Ada King', lastName: null });
  });

  test.each(['', ' \t ', 'x'.repeat(101), '😀'.repeat(101), 'Ada\nKing', 'Ada\0', 'Ada\u0085King'])(
    '%j is no name',
    async (name) => {
      const input = { email: 'nobody@example.com', password: 'correct horse battery', firstName: name, lastName: name };
      const { fields = [] } = expectCode(await latchkey.client().send(SignupDocument, { input }), 'BAD_USER_INPUT');
      expect(new Set(fields.map(({ path }) => path))).toEqual(new Set(['input.firstName', 'input.lastName']));
    },
  );
});
