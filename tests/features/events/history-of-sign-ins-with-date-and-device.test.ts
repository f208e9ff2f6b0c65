import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, LoginHistoryDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('shows the sign-up, each login and each failure, newest first, with date, address and device', async () => {
    const { client, auth, email, password } = await latchkey.newAccount({ username: `history-${engine}` });
    const onFirefox = latchkey.client({ headers: { 'user-agent': firefox } });
    latchkey.clock.advance('3m');
    const failedAt = latchkey.clock.now();
    await onFirefox.send(LoginDocument, { input: { username: `history-${engine}`, password: 'not the right one' } });
    latchkey.clock.advance('3m');
    const { login } = await onFirefox.ask(LoginDocument, { input: { email, password } });
    await latchkey.newAccount(); // somebody else's sign-in is not to be seen

    const { loginHistory } = await client.ask(LoginHistoryDocument);
    const where = { ipAddress: '127.0.0.1', userAgent: firefox, device: 'Firefox on Linux', id: expect.any(String) };
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const [last, failure, first] = loginHistory.nodes;
    expect(loginHistory.nodes).toHaveLength(3);
    expect(last).toEqual({ ...where, at, succeeded: true, failure: null, sessionId: login.session.id });
    expect(failure).toEqual({ ...where, at, succeeded: false, failure: 'INVALID_CREDENTIALS', sessionId: null });
    expect(first).toMatchObject({ succeeded: true, failure: null, sessionId: auth.session.id });
    expect(first?.at).toBe(auth.session.createdAt);
    expect(last?.at).toBe(login.user.lastLoginAt);
    expect(Math.abs(Date.parse(failure?.at ?? '') - failedAt.getTime())).toBeLessThan(60_000);
    expect(loginHistory.edges.map(({ node }) => node)).toEqual(loginHistory.nodes);
    expect(loginHistory.pageInfo).toEqual({ hasNextPage: false, endCursor: loginHistory.edges[2]?.cursor });
  });

  test('is for its owner alone', async () => {
    expectCode(await latchkey.client().send(LoginHistoryDocument), 'UNAUTHENTICATED', { reason: 'MISSING' });
  });
});
