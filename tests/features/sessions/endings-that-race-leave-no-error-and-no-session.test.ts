import { beforeAll, describe, expect, test } from 'vitest';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  LoginDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
} from '../../client/generated/graphql.js';
import type { Answer } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let nodes: Latchkey[];
  beforeAll(async () => {
    const first = await startLatchkey(engine);
    nodes = [first, await startLatchkey(first, {}, first)];
  });
  const node = (index: number) => nodes[index % nodes.length] as Latchkey;

  async function sessionsOf({ email, password }: Account, count: number) {
    const logins = Array.from({ length: count }, (_, index) =>
      node(index).client().ask(LoginDocument, { input: { email, password } }),
    );
    return (await Promise.all(logins)).map(({ login }, index) => ({
      id: login.session.id,
      refreshToken: login.refreshToken,
      client: node(index + 1).client({ token: login.accessToken }),
    }));
  }

  /** What may become of a caller whose session others are ending: it had its way, or the session was over. */
  function expectNoFault(answers: Answer<unknown>[]) {
    for (const { errors } of answers) {
      for (const { extensions } of errors) {
        expect(extensions.code).toMatch(/^(UNAUTHENTICATED|INVALID_REFRESH_TOKEN)$/);
        expect(extensions.reason).toBe('SESSION_ENDED');
      }
    }
  }

  test.each([1, 2, 3])('round %i of logouts of every form and refreshes, from eight sessions at once', async () => {
    const account = await node(0).newAccount();
    const sessions = await sessionsOf(account, 8);
    const answers = await Promise.all(
      sessions.flatMap(({ client, refreshToken, id }, index) => [
        client.send(LogoutAllDocument, { keepCurrent: index % 2 === 0 }),
        client.send(RefreshDocument, { refreshToken }),
        sessions[(index + 3) % 8]?.client.send(LogoutDocument, { sessionId: id }),
        node(index).client().send(RefreshDocument, { refreshToken }),
        client.send(MeDocument),
      ]),
    );
    expectNoFault(answers.filter((answer) => answer !== undefined));

    const left = await Promise.all(sessions.map(({ client }) => client.send(ActiveSessionsDocument)));
    const live = left.filter(({ errors }) => errors.length === 0);
    expect(live.length).toBeLessThanOrEqual(1);
    for (const { data } of live) expect(data?.activeSessions).toHaveLength(1);
  });

  test('of eight sessions that end all sessions at once, one is answered that it did', async () => {
    const sessions = await sessionsOf(await node(0).newAccount(), 8);
    const answers = await Promise.all(sessions.map(({ client }) => client.send(LogoutAllDocument)));
    expectNoFault(answers);
    const ended = answers.flatMap(({ data }) => data?.logoutAll.endedSessionIds ?? []);
    expect(ended).toHaveLength(9);
    expect(new Set(ended).size).toBe(9);
  });

  test('a refresh that races with a logout never brings the session back', async () => {
    const sessions = await sessionsOf(await node(0).newAccount(), 8);
    const races = sessions.map(async ({ client, refreshToken, id }, index) => {
      const [logout, ...refreshes] = await Promise.all([
        client.send(LogoutDocument),
        ...Array.from({ length: 4 }, () => node(index).client().send(RefreshDocument, { refreshToken })),
      ]);
      expect(logout.data?.logout.endedSessionIds).toEqual([id]);
      expectNoFault(refreshes);
      const given = refreshes.flatMap(({ data }) => (data ? [data.refresh] : []));
      for (const { accessToken, refreshToken: successor } of given) {
        expectNoFault([await node(index).client({ token: accessToken }).send(MeDocument)]);
        const again = await node(index).client().send(RefreshDocument, { refreshToken: successor });
        expect(again.errors[0]?.extensions.reason).toBe('SESSION_ENDED');
      }
    });
    await Promise.all(races);
  });

  test('a changed password, logins and logouts at once leave the sessions of the new password alone', async () => {
    const account = await node(0).newAccount();
    const { email, password } = account;
    const sessions = await sessionsOf(account, 6);
    const input = { currentPassword: password, newPassword: 'another horse battery' };
    const [change, ...others] = await Promise.all([
      account.client.send(ChangePasswordDocument, { input }),
      ...sessions.flatMap(({ client, refreshToken, id }, index) => [
        client.send(LogoutDocument, { sessionId: id }),
        node(index).client().send(RefreshDocument, { refreshToken }),
        node(index).client().send(LoginDocument, { input: { email, password } }),
      ]),
    ]);
    expect(change.errors).toEqual([]);
    const refused = others.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code));
    for (const code of refused) {
      expect(code).toMatch(/^(UNAUTHENTICATED|INVALID_REFRESH_TOKEN|INVALID_CREDENTIALS)$/);
    }
    const auth = change.data?.changePassword.auth;
    const { activeSessions } = await node(1)
      .client({ token: auth?.accessToken ?? '' })
      .ask(ActiveSessionsDocument);
    expect(activeSessions.map(({ id }) => id)).toEqual([auth?.session.id]);
  });
});
