import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument, LogoutDocument } from '../../client/generated/graphql.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  async function loginFrom(userAgent: string, { email, password }: Account) {
    latchkey.clock.advance('2m');
    const client = latchkey.client({ headers: { 'user-agent': userAgent } });
    const { login } = await client.ask(LoginDocument, { input: { email, password } });
    return { ...login, client: client.with({ token: login.accessToken }) };
  }

  test('each device is one, the most recently used first, and the current one says so', async () => {
    const account = await latchkey.newAccount();
    const desktop = await loginFrom(firefox, account);
    const phone = await loginFrom(safari, account);
    await latchkey.newAccount(); // somebody else, who is not to be seen

    const { activeSessions } = await phone.client.ask(ActiveSessionsDocument);
    expect(activeSessions).toEqual([
      { ...phone.session, current: true },
      { ...desktop.session, current: false },
      { ...account.auth.session, current: false },
    ]);
    expect(activeSessions[0]).toMatchObject({ userAgent: safari, device: 'Safari on iOS', ipAddress: '127.0.0.1' });
    expect(activeSessions[1]).toMatchObject({ userAgent: firefox, device: 'Firefox on Linux' });
    const [created = ''] = activeSessions.map(({ createdAt }) => createdAt);
    expect(new Date(created).toISOString()).toBe(created);
  });

  test('a device that has logged out, and one not used for too long, are not listed', async () => {
    const account = await latchkey.newAccount();
    const desktop = await loginFrom(firefox, account);
    await desktop.client.ask(LogoutDocument);
    latchkey.clock.advance('31d');
    const phone = await loginFrom(safari, account);

    const { activeSessions } = await phone.client.ask(ActiveSessionsDocument);
    expect(activeSessions.map(({ id }) => id)).toEqual([phone.session.id]);
  });
});
