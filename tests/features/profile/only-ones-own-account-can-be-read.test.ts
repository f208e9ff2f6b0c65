import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { MeDocument, UserByIdDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('me and user(id) answer the account behind the token', async () => {
    const { client, auth, email } = await latchkey.newAccount();
    expect(auth.user).toMatchObject({ email, emailVerified: false, username: null, firstName: null, lastName: null });
    expect(auth.user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((await client.ask(MeDocument)).me).toEqual(auth.user);
    expect((await client.ask(UserByIdDocument, { id: auth.user.id })).user).toEqual(auth.user);
  });

  test("another account's id is forbidden, and answered like an unknown id and like a text that is no id", async () => {
    const { client } = await latchkey.newAccount();
    const other = await latchkey.newAccount();
    const answers = [];
    for (const id of [other.auth.user.id, randomUUID(), 'me', '', '\0', 'x'.repeat(5_000)]) {
      const answer = await client.send(UserByIdDocument, { id });
      expectCode(answer, 'FORBIDDEN');
      answers.push({ data: answer.data, errors: answer.errors });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('without a token neither answers', async () => {
    const { auth } = await latchkey.newAccount();
    expectCode(await latchkey.client().send(MeDocument), 'UNAUTHENTICATED', { reason: 'MISSING' });
    const answer = await latchkey.client().send(UserByIdDocument, { id: auth.user.id });
    expectCode(answer, 'UNAUTHENTICATED', { reason: 'MISSING' });
  });
});
