import { beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/platform/database/open.js';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let other: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
    other = await startLatchkey(latchkey, {}, latchkey);
  });

  const present = (refreshToken: string, on = latchkey) => on.client().send(RefreshDocument, { refreshToken });
  const refresh = async (token: string, on = latchkey) => {
    const { refresh: auth } = await on.client().ask(RefreshDocument, { refreshToken: token });
    return { ...auth, refreshToken: auth.refreshToken ?? '' };
  };
  const newToken = async () => (await latchkey.newAccount()).auth.refreshToken ?? '';

  test('inside the grace every spent token is answered with the current one, byte for byte', async () => {
    const spent = [await newToken()];
    for (let step = 0; step < 5; step++) spent.push((await refresh(spent.at(-1) ?? '')).refreshToken);
    const current = spent.pop();
    latchkey.clock.advance('15s');
    for (const token of spent) expect((await refresh(token)).refreshToken).toBe(current);
    expect((await refresh(spent[0] ?? '', other)).refreshToken).toBe(current);
  });

  test('it is answered with a fresh access token that works', async () => {
    const first = await newToken();
    const second = await refresh(first);
    latchkey.clock.advance('10s');
    const repeated = await refresh(first);
    expect(repeated.accessToken).not.toBe(second.accessToken);
    expect(Date.parse(repeated.accessTokenExpiresAt)).toBeGreaterThan(Date.parse(second.accessTokenExpiresAt));
    expect(repeated.refreshTokenExpiresAt).toBe(second.refreshTokenExpiresAt);
    await latchkey.client({ token: repeated.accessToken }).ask(MeDocument);
  });

  test('a repetition neither rotates nor lengthens the grace', async () => {
    const first = await newToken();
    const second = await refresh(first);
    latchkey.clock.advance('20s');
    expect((await refresh(first)).refreshToken).toBe(second.refreshToken);
    latchkey.clock.advance('12s');
    expectCode(await present(first), 'INVALID_REFRESH_TOKEN', { reason: 'REUSED' });
  });

  test('after the grace it ends the session, on every node, for the newer tokens too', async () => {
    const { email, password, auth } = await latchkey.newAccount();
    const first = auth.refreshToken ?? '';
    const second = await refresh(first);
    const { login: bystander } = await other.client().ask(LoginDocument, { input: { email, password } });
    latchkey.clock.advance('31s');
    await other.client({ token: second.accessToken }).ask(MeDocument);

    expectCode(await present(first), 'INVALID_REFRESH_TOKEN', { reason: 'REUSED' });

    for (const node of [other, latchkey]) {
      const holder = node.client({ token: second.accessToken });
      expectCode(await holder.send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      for (const token of [first, second.refreshToken]) {
        expectCode(await present(token, node), 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
      }
      const { activeSessions } = await node.client({ token: bystander.accessToken }).ask(ActiveSessionsDocument);
      expect(activeSessions.map(({ id }) => id)).toEqual([bystander.session.id]);
    }
  });

  test('it is recorded in the log, and the tokens are not', async () => {
    const { auth } = await latchkey.newAccount();
    const first = auth.refreshToken ?? '';
    const { refreshToken } = await refresh(first);
    latchkey.clock.advance('31s');
    await present(first);
    const lines = latchkey.logs.filter((line) => line.includes('reused') && line.includes(auth.session.id));
    expect(lines).toHaveLength(1);
    for (const token of [first, refreshToken]) expect(latchkey.logs.join()).not.toContain(token.split('.')[2]);
  });

  test('of 16 requests that present a token after the grace, one is answered that it ended the session', async () => {
    const first = await newToken();
    await refresh(first);
    latchkey.clock.advance('31s');
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => present(first, n % 2 ? other : latchkey)));
    const reasons = answers.map(({ errors }) => errors[0]?.extensions.reason).sort();
    expect(reasons).toEqual(['REUSED', ...Array.from({ length: 15 }, () => 'SESSION_ENDED')]);
  });

  test('an ended session is ended inside the grace too', async () => {
    const first = await newToken();
    const { refreshToken } = await refresh(first);
    await latchkey.client().ask(LogoutDocument, { token: refreshToken });
    for (const token of [first, refreshToken]) {
      expectCode(await present(token, other), 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    }
  });

  test('a token from before the loss of its rotation is rejected as ended, logged, and never as reused', async () => {
    const { auth } = await latchkey.newAccount();
    const { refreshToken } = await refresh(auth.refreshToken ?? '');
    const db = await openDatabase({ url: latchkey.databaseUrl, poolSize: 1, onError: () => {} });
    const data = { generation: 0, recentlySpent: '[]' };
    await db.write((client) => client.session.update({ where: { id: auth.session.id }, data }));
    await db.close();

    const logged = () => latchkey.logs.filter((line) => line.includes(auth.session.id));
    expect(logged()).toEqual([]);
    expectCode(await present(refreshToken), 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    expect(logged()).toHaveLength(1);
    expect(logged().join()).not.toMatch(/reuse/i);
    expect((await refresh(auth.refreshToken ?? '')).session.id).toBe(auth.session.id);
  });

  test('a token of a session that the database has never heard of is of an ended one', async () => {
    const { auth } = await latchkey.newAccount();
    const db = await openDatabase({ url: latchkey.databaseUrl, poolSize: 1, onError: () => {} });
    await db.write((client) => client.session.delete({ where: { id: auth.session.id } }));
    await db.close();
    expectCode(await present(auth.refreshToken ?? ''), 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    expectCode(await latchkey.client({ token: auth.accessToken }).send(MeDocument), 'UNAUTHENTICATED', {
      reason: 'SESSION_ENDED',
    });
  });

  test('with REFRESH_GRACE=0s a spent token ends the session at once', async () => {
    await using strict = await startLatchkey(latchkey, { REFRESH_GRACE: '0s' });
    const first = await newToken();
    const { refreshToken } = await refresh(first, strict);
    expectCode(await present(first, strict), 'INVALID_REFRESH_TOKEN', { reason: 'REUSED' });
    expectCode(await present(refreshToken, strict), 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
  });
});
