import { beforeAll, describe, expect, test } from 'vitest';
import { MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('the session goes on, with a new pair', async () => {
    const { client, auth } = await latchkey.newAccount();
    latchkey.clock.advance('16m');
    expectCode(await client.send(MeDocument), 'UNAUTHENTICATED', { reason: 'EXPIRED' });

    // The stale header that a client still sends must not be in the way.
    const { refresh } = await client.ask(RefreshDocument, { refreshToken: auth.refreshToken });
    expect(refresh.session.id).toBe(auth.session.id);
    expect(refresh.accessToken).not.toBe(auth.accessToken);
    expect(refresh.refreshToken).not.toBe(auth.refreshToken);
    expect((await latchkey.client({ token: refresh.accessToken }).ask(MeDocument)).me).toEqual(auth.user);
  });

  test('not after the idle limit: then the session has expired', async () => {
    const { auth } = await latchkey.newAccount();
    latchkey.clock.advance('30d');
    latchkey.clock.advance('1h'); // no more: a day later it would be forgotten
    const answer = await latchkey.client().send(RefreshDocument, { refreshToken: auth.refreshToken });
    expectCode(answer, 'INVALID_REFRESH_TOKEN', { reason: 'EXPIRED' });
  });
});
