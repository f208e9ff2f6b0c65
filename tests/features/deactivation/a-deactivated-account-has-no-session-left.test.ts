import { beforeAll, describe, expect, test } from 'vitest';
import {
  DeactivateAccountDocument,
  LoginDocument,
  MeDocument,
  RefreshDocument,
  UpdateProfileDocument,
} from '../../client/generated/graphql.js';
import { cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { rowsOf } from '../../support/rows.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('every one ends at once, by access token, refresh token and cookie', async () => {
    const { client, auth, email, password } = await latchkey.newAccount();
    const login = await latchkey.client().send(LoginDocument, { input: { email, password, delivery: 'COOKIE' } });
    const cookie = cookieOf(login)?.value ?? '';

    const answer = await client.with({ cookie }).send(DeactivateAccountDocument, { password });
    const sessionIds = new Set([auth.session.id, login.data?.login.session.id]);
    expect(new Set(answer.data?.deactivateAccount.endedSessionIds)).toEqual(sessionIds);
    expect(cookieOf(answer)).toMatchObject({ value: '' });
    for (const token of [auth.accessToken, login.data?.login.accessToken ?? '']) {
      expectCode(await latchkey.client({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    }
    const byArgument = await latchkey.client().send(RefreshDocument, { refreshToken: auth.refreshToken });
    expectCode(byArgument, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    const byCookie = await latchkey.client({ cookie }).send(RefreshDocument);
    expectCode(byCookie, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
  });

  test('an account that was deactivated by hand, in the database, has no usable session either', async () => {
    const { client, auth } = await latchkey.newAccount();
    const close = `UPDATE "User" SET "deactivatedAt" = "createdAt" WHERE "id" = '${auth.user.id}' RETURNING "id"`;
    expect(await rowsOf(latchkey.databaseUrl, close)).toHaveLength(1);
    expectCode(await client.send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    const refreshed = await latchkey.client().send(RefreshDocument, { refreshToken: auth.refreshToken });
    expectCode(refreshed, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
  });

  test('a wrong password closes nothing', async () => {
    const { client, email, password } = await latchkey.newAccount();
    for (const wrong of ['not the right one', '']) {
      expectCode(await client.send(DeactivateAccountDocument, { password: wrong }), 'INVALID_CREDENTIALS');
    }
    expect((await client.ask(MeDocument)).me.email).toBe(email);
    await latchkey.client().ask(LoginDocument, { input: { email, password } });
  });

  test('an account cannot be closed without a session', async () => {
    const { password } = await latchkey.newAccount();
    const answer = await latchkey.client().send(DeactivateAccountDocument, { password });
    expectCode(answer, 'UNAUTHENTICATED', { reason: 'MISSING' });
  });

  test('a change that races with it either came before it, or is rejected', async () => {
    const { client, password } = await latchkey.newAccount();
    const changes = Array.from({ length: 8 }, (_, n) =>
      client.send(UpdateProfileDocument, { input: { firstName: `name ${n}` } }),
    );
    await Promise.all([client.ask(DeactivateAccountDocument, { password }), ...changes]);
    for (const answer of await Promise.all(changes)) {
      if (answer.data === null) expectCode(answer, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    }
    const late = await client.send(UpdateProfileDocument, { input: { firstName: 'late' } });
    expectCode(late, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  });
});
