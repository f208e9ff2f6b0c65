import { describe, expect, test } from 'vitest';
import { LoginDocument, MeDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { storedHash } from '../../support/stored.js';

describe.each(engines)('on %s', (engine) => {
  test.each([
    ['a higher', '5', 'correct horse battery'],
    ['a lower', '5', `a password that bcrypt alone could not see whole ${'x'.repeat(72)}`],
  ])('A hash is renewed when the server is set to %s cost, and no session ends', async (direction, cost, password) => {
    const [before, after] = direction === 'a higher' ? ['4', cost] : [cost, '4'];
    const old = await startLatchkey(engine, { BCRYPT_COST: before });
    const { email, auth } = await old.newAccount({ password });
    const hash = () => storedHash(old.databaseUrl, email);
    expect(await hash()).toContain(`$2b$0${before}$`);

    const latchkey: Latchkey = await startLatchkey(old, { BCRYPT_COST: after });
    const login = (password: string) => latchkey.client().send(LoginDocument, { input: { email, password } });
    expectCode(await login('not the right one'), 'INVALID_CREDENTIALS');
    expect(await hash(), 'a wrong password renews nothing').toContain(`$2b$0${before}$`);

    expect((await login(password)).errors).toEqual([]);
    // It is hashed anew in the background: a login is not kept waiting for it.
    await expect.poll(hash).toContain(`$2b$0${after}$`);
    const renewed = await hash();
    expect((await login(password)).errors).toEqual([]);
    expect(await hash(), 'one of the right cost stays').toBe(renewed);
    expectCode(await login('not the right one'), 'INVALID_CREDENTIALS');
    expect((await latchkey.client({ token: auth.accessToken }).ask(MeDocument)).me.email).toBe(email);
  });
});
