import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/platform/ids.js';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
} from '../../client/generated/graphql.js';
import { cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  /** One more session of the account: its id, its tokens, and a client with its access token. */
  async function newSession({ email, password }: Account) {
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    const refreshToken = login.refreshToken ?? '';
    const client = latchkey.client({ token: login.accessToken });
    return { id: login.session.id, accessToken: login.accessToken, refreshToken, client };
  }

  async function accountWith(count: number) {
    const account = await latchkey.newAccount();
    const sessions = [];
    for (let n = 0; n < count; n++) sessions.push(await newSession(account));
    return { account, sessions: sessions as [Session, Session, Session] };
  }
  type Session = Awaited<ReturnType<typeof newSession>>;

  const anybody = () => latchkey.client();
  const ended = (answer: { logout: { endedSessionIds: string[] } }) => answer.logout.endedSessionIds;
  const isLive = async ({ client }: Pick<Session, 'client'>) => (await client.send(MeDocument)).errors.length === 0;

  describe('without arguments', () => {
    test('the session of the access token', async () => {
      const { sessions } = await accountWith(2);
      expect(ended(await sessions[0].client.ask(LogoutDocument))).toEqual([sessions[0].id]);
      expect(await isLive(sessions[0])).toBe(false);
      expect(await isLive(sessions[1])).toBe(true);
      expectCode(await sessions[0].client.send(LogoutDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    });

    test("the header's session wins over the cookie's, whose cookie then stays", async () => {
      const { sessions } = await accountWith(2);
      const answer = await sessions[0].client.with({ cookie: sessions[1].refreshToken }).send(LogoutDocument);
      expect(answer.data && ended(answer.data)).toEqual([sessions[0].id]);
      expect(cookieOf(answer)).toBeNull();
      expect(await isLive(sessions[1])).toBe(true);
    });

    test('without a header, the session of the cookie, which is then cleared', async () => {
      const { sessions } = await accountWith(1);
      const answer = await latchkey.client({ cookie: sessions[0].refreshToken }).send(LogoutDocument);
      expect(answer.data && ended(answer.data)).toEqual([sessions[0].id]);
      expect(cookieOf(answer)).toMatchObject({ value: '' });
    });

    test('an unusable or expired header counts as none where there is a cookie', async () => {
      const { sessions } = await accountWith(2);
      const unusable = latchkey.client({ token: 'unusable', cookie: sessions[0].refreshToken });
      expect(ended(await unusable.ask(LogoutDocument))).toEqual([sessions[0].id]);
      latchkey.clock.advance('16m');
      const expired = sessions[1].client;
      expectCode(await expired.send(LogoutDocument), 'UNAUTHENTICATED', { reason: 'EXPIRED' });
      const { refreshToken } = (await anybody().ask(RefreshDocument, { refreshToken: sessions[1].refreshToken }))
        .refresh;
      expect(ended(await expired.with({ cookie: refreshToken ?? '' }).ask(LogoutDocument))).toEqual([sessions[1].id]);
    });

    test('a logout that names no session is rejected', async () => {
      expectCode(await anybody().send(LogoutDocument), 'UNAUTHENTICATED', { reason: 'MISSING' });
      const { sessions } = await accountWith(1);
      await sessions[0].client.ask(LogoutDocument);
      const answer = await latchkey.client({ cookie: sessions[0].refreshToken }).send(LogoutDocument);
      expectCode(answer, 'UNAUTHENTICATED');
      expect(cookieOf(answer)).toMatchObject({ value: '' });
    });
  });

  describe('with sessionId', () => {
    test("one of the caller's sessions, and again without an error", async () => {
      const { account, sessions } = await accountWith(2);
      const sessionId = sessions[0].id;
      expect(ended(await account.client.ask(LogoutDocument, { sessionId }))).toEqual([sessionId]);
      expect(ended(await account.client.ask(LogoutDocument, { sessionId }))).toEqual([]);
      expect([await isLive(sessions[0]), await isLive(sessions[1])]).toEqual([false, true]);
    });

    test('the current one too', async () => {
      const { sessions } = await accountWith(1);
      const sessionId = sessions[0].id;
      expect(ended(await sessions[0].client.ask(LogoutDocument, { sessionId }))).toEqual([sessionId]);
      expectCode(await sessions[0].client.send(LogoutDocument, { sessionId }), 'UNAUTHENTICATED', {
        reason: 'SESSION_ENDED',
      });
    });

    test('what is foreign, unknown or no id at all ends nothing', async () => {
      const { account } = await accountWith(0);
      const { sessions } = await accountWith(1);
      const id = sessions[0].id;
      const others = [id, newId(), '', 'x', '\0', '\ud800', `${id}\0`, id.toUpperCase(), 'x'.repeat(9_000)];
      for (const sessionId of others) {
        expect(ended(await account.client.ask(LogoutDocument, { sessionId }))).toEqual([]);
      }
      expect(await isLive(sessions[0])).toBe(true);
    });

    test('it takes an access token to say whose sessions are meant', async () => {
      const { account, sessions } = await accountWith(1);
      const sessionId = sessions[0].id;
      expectCode(await anybody().send(LogoutDocument, { sessionId }), 'UNAUTHENTICATED', { reason: 'MISSING' });
      await account.client.ask(LogoutDocument);
      expectCode(await account.client.send(LogoutDocument, { sessionId }), 'UNAUTHENTICATED', {
        reason: 'SESSION_ENDED',
      });
      expect(await isLive(sessions[0])).toBe(true);
    });
  });

  describe('with token', () => {
    test.each(['accessToken', 'refreshToken'] as const)('the session of that %s, needing no header', async (kind) => {
      const { sessions } = await accountWith(2);
      const token = sessions[0][kind];
      expect(ended(await anybody().ask(LogoutDocument, { token }))).toEqual([sessions[0].id]);
      expect(ended(await anybody().ask(LogoutDocument, { token }))).toEqual([]);
      expect([await isLive(sessions[0]), await isLive(sessions[1])]).toEqual([false, true]);
    });

    test('expired or spent tokens prove the right as well', async () => {
      const { sessions } = await accountWith(2);
      latchkey.clock.advance('16m');
      await anybody().ask(RefreshDocument, { refreshToken: sessions[1].refreshToken });
      const tokens = [sessions[0].accessToken, sessions[1].refreshToken];
      const answers = [];
      for (const token of tokens) answers.push(...ended(await anybody().ask(LogoutDocument, { token })));
      expect(answers).toEqual([sessions[0].id, sessions[1].id]);
    });

    test('neither the header nor its being stale makes a difference', async () => {
      const { account, sessions } = await accountWith(2);
      expect(ended(await account.client.ask(LogoutDocument, { token: sessions[0].refreshToken }))).toHaveLength(1);
      await account.client.ask(LogoutDocument);
      expect(ended(await account.client.ask(LogoutDocument, { token: sessions[1].accessToken }))).toHaveLength(1);
    });

    test('together with sessionId it is bad input, and ends nothing', async () => {
      const { account, sessions } = await accountWith(1);
      const both = { sessionId: sessions[0].id, token: sessions[0].accessToken };
      const { fields } = expectCode(await account.client.send(LogoutDocument, both), 'BAD_USER_INPUT');
      expect(fields?.map(({ path }) => path)).toEqual([expect.stringMatching(/^(sessionId|token)$/)]);
      expect(await isLive(sessions[0])).toBe(true);
    });
  });

  describe('logoutAll', () => {
    test("all of the caller's sessions, and none of another account", async () => {
      const { account, sessions } = await accountWith(2);
      const { account: bystander } = await accountWith(0);
      const { logoutAll } = await sessions[0].client.ask(LogoutAllDocument);
      expect([...logoutAll.endedSessionIds].sort()).toEqual(
        [account.auth.session.id, ...sessions.map(({ id }) => id)].sort(),
      );
      for (const each of [account, ...sessions]) expect(await isLive(each)).toBe(false);
      expect(await isLive(bystander)).toBe(true);
      expectCode(await sessions[0].client.send(LogoutAllDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    });

    test('with keepCurrent all but the current one; those that had ended are not counted', async () => {
      const { account, sessions } = await accountWith(3);
      await sessions[2].client.ask(LogoutDocument);
      const { logoutAll } = await sessions[0].client.ask(LogoutAllDocument, { keepCurrent: true });
      expect([...logoutAll.endedSessionIds].sort()).toEqual([account.auth.session.id, sessions[1].id].sort());
      const { activeSessions } = await sessions[0].client.ask(ActiveSessionsDocument);
      expect(activeSessions).toEqual([expect.objectContaining({ id: sessions[0].id, current: true })]);
      expect(
        (await sessions[0].client.ask(LogoutAllDocument, { keepCurrent: true })).logoutAll.endedSessionIds,
      ).toEqual([]);
    });

    test('the cookie alone is not enough for it', async () => {
      const { sessions } = await accountWith(1);
      const answer = await latchkey.client({ cookie: sessions[0].refreshToken }).send(LogoutAllDocument);
      expectCode(answer, 'UNAUTHENTICATED', { reason: 'MISSING' });
      expect(cookieOf(answer)).toBeNull();
      expect(await isLive(sessions[0])).toBe(true);
    });
  });
});
