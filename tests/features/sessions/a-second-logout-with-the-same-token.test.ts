import { beforeAll, describe, expect, test } from 'vitest';
import { LogoutDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('as header it is rejected: its session has ended', async () => {
    const { client, auth } = await latchkey.newAccount();
    expect((await client.ask(LogoutDocument)).logout.endedSessionIds).toEqual([auth.session.id]);
    expectCode(await client.send(LogoutDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  });

  test.each(['accessToken', 'refreshToken'] as const)('as argument the %s ends nothing more', async (kind) => {
    const { auth } = await latchkey.newAccount();
    const given = { token: auth[kind] ?? '' };
    expect((await latchkey.client().ask(LogoutDocument, given)).logout.endedSessionIds).toEqual([auth.session.id]);
    expect((await latchkey.client().ask(LogoutDocument, given)).logout.endedSessionIds).toEqual([]);
  });
});
