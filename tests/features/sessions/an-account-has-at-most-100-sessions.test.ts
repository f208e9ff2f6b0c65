import { expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';

test.each(engines)('on %s the least recently used sessions end, also where 16 start at once', async (engine) => {
  await using latchkey = await startLatchkey(engine);
  const { email, password, auth: oldest } = await latchkey.newAccount();
  const login = async () => (await latchkey.client().ask(LoginDocument, { input: { email, password } })).login;
  const logins = (count: number) => Promise.all(Array.from({ length: count }, login));
  const ask = (token: string) => latchkey.client({ token }).send(MeDocument);
  const live = async (token: string) =>
    (await latchkey.client({ token }).ask(ActiveSessionsDocument)).activeSessions.map(({ id }) => id);

  const unused = await login();
  latchkey.clock.advance('2m');
  const { refresh: used } = await latchkey.client().ask(RefreshDocument, { refreshToken: oldest.refreshToken });
  latchkey.clock.advance('1s');
  for (const count of [16, 16, 16, 16, 16, 16, 2]) await logins(count);
  latchkey.clock.advance('1s');

  const one = await login();
  expectCode(await ask(unused.accessToken), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  expect(await live(one.accessToken)).toHaveLength(100);
  expect(await live(one.accessToken)).toContain(used.session.id);
  latchkey.clock.advance('1s');

  const newest = await logins(16);
  const left = await live(one.accessToken);
  expect(left).toHaveLength(100);
  expect(left).toEqual(expect.arrayContaining([one, ...newest].map(({ session }) => session.id)));
  expectCode(await ask(used.accessToken), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  const { refreshToken } = used;
  expectCode(await latchkey.client().send(RefreshDocument, { refreshToken }), 'INVALID_REFRESH_TOKEN', {
    reason: 'SESSION_ENDED',
  });
});
