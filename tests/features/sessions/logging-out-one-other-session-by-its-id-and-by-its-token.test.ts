import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument, LogoutDocument, MeDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  async function twoDevices() {
    const here = await latchkey.newAccount();
    const { email, password } = here;
    const { login: there } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    return { here, there };
  }

  test.each([
    ['its id', (session: { id: string }) => ({ sessionId: session.id })],
    ['its access token', (_: unknown, tokens: { accessToken: string }) => ({ token: tokens.accessToken })],
    ['its refresh token', (_: unknown, tokens: { refreshToken: string | null }) => ({ token: tokens.refreshToken })],
  ])('by %s: that one ends, and no other', async (_, named) => {
    const { here, there } = await twoDevices();
    const { logout } = await here.client.ask(LogoutDocument, named(there.session, there));
    expect(logout.endedSessionIds).toEqual([there.session.id]);

    const other = await latchkey.client({ token: there.accessToken }).send(MeDocument);
    expectCode(other, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    const { activeSessions } = await here.client.ask(ActiveSessionsDocument);
    expect(activeSessions.map(({ id }) => id)).toEqual([here.auth.session.id]);
  });

  test('a token proves the right by itself, without a header, even when it has expired', async () => {
    const { there } = await twoDevices();
    latchkey.clock.advance('1h');
    const { logout } = await latchkey.client().ask(LogoutDocument, { token: there.accessToken });
    expect(logout.endedSessionIds).toEqual([there.session.id]);
  });

  test("an id without a header is rejected, and the id of another account's session ends nothing", async () => {
    const { there } = await twoDevices();
    const sessionId = there.session.id;
    expectCode(await latchkey.client().send(LogoutDocument, { sessionId }), 'UNAUTHENTICATED', { reason: 'MISSING' });
    const stranger = await latchkey.newAccount();
    expect((await stranger.client.ask(LogoutDocument, { sessionId })).logout.endedSessionIds).toEqual([]);
    expect((await latchkey.client({ token: there.accessToken }).ask(MeDocument)).me.id).toBe(there.user.id);
  });
});
