import { beforeAll, describe, expect, test } from 'vitest';
import {
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
} from '../../client/generated/graphql.js';
import { administrationOf } from '../../support/administration.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

/** Each ends a session of the account, at the first node. */
const endings: Record<string, (account: Account, first: Latchkey) => Promise<unknown>> = {
  logout: ({ client }) => client.ask(LogoutDocument),
  'logout by id': ({ client, auth }) => client.ask(LogoutDocument, { sessionId: auth.session.id }),
  'logout by access token': ({ auth }, first) => first.client().ask(LogoutDocument, { token: auth.accessToken }),
  'logout by refresh token': ({ auth }, first) => first.client().ask(LogoutDocument, { token: auth.refreshToken }),
  'logout by cookie': ({ auth }, first) => first.client({ cookie: auth.refreshToken ?? '' }).ask(LogoutDocument),
  'logout everywhere': ({ client }) => client.ask(LogoutAllDocument),
  'logout everywhere else': async ({ email, password }, first) => {
    const { login } = await first.client().ask(LoginDocument, { input: { email, password } });
    await first.client({ token: login.accessToken }).ask(LogoutAllDocument, { keepCurrent: true });
  },
  'a changed password': ({ client, password }) =>
    client.ask(ChangePasswordDocument, { input: { currentPassword: password, newPassword: 'another horse battery' } }),
  'a closed account': ({ client, password }) => client.ask(DeactivateAccountDocument, { password }),
  'the operator who ends sessions': async ({ email }, first) => (await accountsOf(first)).endSessions(email),
  'the operator who closes the account': async ({ email }, first) => (await accountsOf(first)).deactivate(email),
};

/** What the commands of operators call, on connections of their own. */
async function accountsOf({ databaseUrl }: Latchkey) {
  return (await administrationOf(databaseUrl)).accounts;
}

describe.each(engines)('on %s', (engine) => {
  let first: Latchkey;
  let second: Latchkey;
  beforeAll(async () => {
    first = await startLatchkey(engine);
    second = await startLatchkey(first, {}, first);
  });

  test.each(Object.entries(endings))('%s', async (_name, end) => {
    const account = await first.newAccount();
    const { accessToken: token, refreshToken } = account.auth;
    for (const node of [first, second]) await node.client({ token }).ask(MeDocument);

    await end(account, first);

    // The second node first: the one that ended it is not asked before.
    for (const node of [second, first]) {
      expectCode(await node.client({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      expectCode(await node.client().send(RefreshDocument, { refreshToken }), 'INVALID_REFRESH_TOKEN', {
        reason: 'SESSION_ENDED',
      });
    }
  });

  test('a session that one node started is known to the other at once, and so is what it changes', async () => {
    const { auth } = await first.newAccount();
    const { refresh } = await second.client().ask(RefreshDocument, { refreshToken: auth.refreshToken });
    expect((await first.client({ token: refresh.accessToken }).ask(MeDocument)).me.id).toBe(auth.user.id);
  });

  test('an operator who ends all sessions ends them on every node', async () => {
    const accounts = [await first.newAccount(), await second.newAccount()];
    for (const { client } of accounts) await client.ask(MeDocument);
    await (await accountsOf(first)).endAllSessions();
    for (const { client } of accounts) {
      expectCode(await client.send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    }
  });
});
