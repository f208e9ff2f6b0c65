import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('the sign-up counts, then each login; failures and refreshes do not', async () => {
    const { client, auth, email, password } = await latchkey.newAccount();
    const lastLoginAt = async () => (await client.ask(MeDocument)).me.lastLoginAt;
    expect(auth.user.lastLoginAt).toBe(auth.session.createdAt);
    expect(await lastLoginAt()).toBe(auth.session.createdAt);

    latchkey.clock.advance('1m');
    await latchkey.client().send(LoginDocument, { input: { email, password: 'not the right one' } });
    await latchkey.client().ask(RefreshDocument, { refreshToken: auth.refreshToken });
    expect(await lastLoginAt()).toBe(auth.session.createdAt);

    latchkey.clock.advance('1m');
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    expect(login.user.lastLoginAt).toBe(login.session.createdAt);
    expect(await lastLoginAt()).toBe(login.session.createdAt);
    expect(Date.parse(login.session.createdAt)).toBeGreaterThan(Date.parse(auth.session.createdAt) + 119_000);
  });
});
