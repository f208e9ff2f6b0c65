import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, MeDocument, UpdateProfileDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const names = { firstName: 'Ada', lastName: 'Lovelace' };

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('one at a time, and all at once', async () => {
    const { client, auth } = await latchkey.newAccount({ username: 'ada', ...names });
    const update = async (input: { username?: string | null; firstName?: string | null; lastName?: string | null }) => {
      const { updateProfile } = await client.ask(UpdateProfileDocument, { input });
      expect((await client.ask(MeDocument)).me).toEqual(updateProfile);
      return updateProfile;
    };
    expect(await update({})).toEqual(auth.user);
    expect(await update({ firstName: ' Augusta Ada ' })).toEqual({ ...auth.user, firstName: 'Augusta Ada' });
    expect(await update({ lastName: null })).toEqual({ ...auth.user, firstName: 'Augusta Ada', lastName: null });
    expect(await update({ username: 'AUGUSTA', ...names })).toEqual({ ...auth.user, username: 'augusta', ...names });
    const nothing = { username: null, firstName: null, lastName: null };
    expect(await update(nothing)).toEqual({ ...auth.user, ...nothing });
  });

  test('a new username signs in; the old one does not, and is free for others', async () => {
    const { client, password } = await latchkey.newAccount({ username: 'before' });
    await client.ask(UpdateProfileDocument, { input: { username: 'After' } });
    const login = (username: string) => latchkey.client().send(LoginDocument, { input: { username, password } });
    expect((await login('after')).errors).toEqual([]);
    expectCode(await login('before'), 'INVALID_CREDENTIALS');
    expect((await latchkey.newAccount({ username: 'before' })).auth.user.username).toBe('before');
  });

  test("another account's username is rejected, and nothing else is changed either; one's own is no conflict", async () => {
    await latchkey.newAccount({ username: 'taken' });
    const { client, auth } = await latchkey.newAccount({ username: 'own', ...names });
    const answer = await client.send(UpdateProfileDocument, { input: { username: 'Taken', firstName: 'Eve' } });
    expectCode(answer, 'USERNAME_TAKEN');
    expect((await client.ask(MeDocument)).me).toEqual(auth.user);
    const { updateProfile } = await client.ask(UpdateProfileDocument, { input: { username: 'Own' } });
    expect(updateProfile).toEqual(auth.user);
  });

  test('of sixteen accounts that want one username at once, one gets it', async () => {
    const accounts = await Promise.all(Array.from({ length: 16 }, () => latchkey.newAccount()));
    const input = { username: 'wanted' };
    const answers = await Promise.all(accounts.map(({ client }) => client.send(UpdateProfileDocument, { input })));
    const losers = answers.filter(({ data }) => data === null);
    expect(losers).toHaveLength(15);
    for (const answer of losers) expectCode(answer, 'USERNAME_TAKEN');
  });

  test('no other account can change it', async () => {
    const answer = await latchkey.client().send(UpdateProfileDocument, { input: { firstName: 'Eve' } });
    expectCode(answer, 'UNAUTHENTICATED', { reason: 'MISSING' });
  });
});
