import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Database } from '../../src/platform/database/database.js';
import { randomSecret, sha256 } from '../../src/platform/digest.js';
import { newId } from '../../src/platform/ids.js';
import {
  ActiveSessionsDocument,
  type ActiveSessionsQuery,
  type AuthFieldsFragment,
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  ResetPasswordDocument,
} from '../client/generated/graphql.js';
import { type Answer, type Client, cookieOf, expectCode } from '../support/client.js';
import type { MovableClock } from '../support/clock.js';
import type { Latchkey } from '../support/latchkey.js';
import type { Act, Command, Delivery, SessionPick, Token } from './commands.js';
import {
  type Account,
  accessExpiry,
  end,
  endedByToken,
  isLive,
  judgeCaller,
  judgeRefresh,
  liveSessions,
  type Refused,
  rotate,
  type Session,
  type Shown,
  startSession,
} from './model.js';

export interface World {
  nodes: Latchkey[];
  clock: MovableClock;
  /** For what nobody can do by GraphQL. */
  db: Database;
}

type Of<Name extends Act['do']> = Extract<Command, { do: Name }>;

/** Two new accounts, and somebody who sends commands for them to the nodes and holds every answer against the model. */
export async function createPlayer(world: World) {
  const { nodes, clock, db } = world;
  const now = () => clock.now().getTime();
  const accounts: Account[] = [];
  const started: Session[] = [];
  const known = new Set<string>();
  let passwords = 0;

  // What the commands point at

  const sessions = () => {
    const newestFirst = started.toReversed();
    const live = (session: Session) => isLive(session, now());
    return [...newestFirst.filter(live), ...newestFirst.filter((session) => !live(session))];
  };
  const at = <T>(list: T[], index: number): T => list[index % list.length] as T;
  const accountAt = (index: number) => at(accounts, index);

  function show(token: Token): Shown {
    if ('garbage' in token) return { kind: 'GARBAGE', text: token.garbage };
    const tokensOf = (one: Session) => (token.kind === 'access' ? one.accessTokens : one.refreshTokens);
    const fitting = sessions().filter((one) => tokensOf(one).length > token.back);
    const session = at(fitting.length > 0 ? fitting : sessions(), token.session);
    const shown = token.kind === 'access' ? showAccess(session, token.back) : showRefresh(session, token.back);
    return token.forged ? { kind: 'GARBAGE', text: forge(shown.text) } : shown;
  }

  const showIf = (token: Token | null) => token && show(token);

  function client(command: Command, header: Shown | null, cookie: Shown | null = null): Client {
    const identity = { ...(header && { token: header.text }), ...(cookie && { cookie: cookie.text }) };
    return at(nodes, command.node).client(identity);
  }

  function caller(header: Shown | null): Session | Refused {
    const judged = judgeCaller(header, now());
    if ('id' in judged) judged.usedAt = now();
    return judged;
  }

  function passwordOf(account: Account, right: boolean): string {
    return right ? account.password : `not ${account.password}`;
  }

  function newPassword(): string {
    passwords += 1;
    return `the ${passwords}. password of this account`;
  }

  // What answers must be

  /** The tokens of a session that was started or refreshed just now; the model learns them. */
  function expectPair(answer: Answer<unknown>, auth: AuthFieldsFragment, session: Session, delivery: Delivery): string {
    expect(auth).toMatchObject({
      accessTokenExpiresAt: iso(accessExpiry(session, now())),
      refreshTokenExpiresAt: iso(session.expiresAt),
      session: { ...facts(session), current: true },
      user: userFacts(session.account),
    });
    learn(auth.accessToken);
    session.accessTokens.push({ text: auth.accessToken, expiresAt: accessExpiry(session, now()) });
    return expectRefreshToken(answer, auth, session, delivery);
  }

  function expectRefreshToken(
    answer: Answer<unknown>,
    auth: AuthFieldsFragment,
    session: Session,
    delivery: Delivery,
  ): string {
    const cookie = cookieOf(answer);
    if (delivery === 'BODY') {
      expect(cookie).toBeNull();
      return auth.refreshToken ?? '';
    }
    expect(auth.refreshToken).toBeNull();
    expect(cookie?.attributes['max-age']).toBe(String((session.expiresAt - now()) / 1_000));
    return cookie?.value ?? '';
  }

  /** Nothing is ever issued twice, but for the token that a repeated refresh answers. */
  function learn(tokenOrId: string): void {
    expect(tokenOrId).toMatch(/./);
    expect(known.has(tokenOrId), 'issued before').toBe(false);
    known.add(tokenOrId);
  }

  function expectNewSession(
    answer: Answer<unknown>,
    auth: AuthFieldsFragment | undefined,
    account: Account,
    delivery: Delivery,
  ): void {
    if (!auth) throw new Error(`Refused: ${JSON.stringify(answer.errors)}`);
    learn(auth.session.id);
    const session = startSession(account, auth.session.id, now());
    started.push(session);
    const refreshToken = expectPair(answer, auth, session, delivery);
    learn(refreshToken);
    session.refreshTokens.push(refreshToken);
  }

  /** The call ended these; the tokens of none of them are good for anything any more, on the other node neither. */
  async function expectEnded(command: Command, ids: string[] | undefined, ended: Session[]): Promise<void> {
    expect(ids?.toSorted()).toEqual(end(ended).toSorted());
    const other = nodes.filter((_, index) => index !== command.node);
    for (const session of ended) for (const node of other) await expectKnown(node, session);
  }

  /** The node knows whether the session is over. An access token that has expired would not tell. */
  async function expectKnown(node: Latchkey, session: Session): Promise<void> {
    const shown = showAccess(session, 0);
    if (shown.expiresAt > now()) await expectMe(node.client({ token: shown.text }), shown);
  }

  /** The node lists every account's sessions, where one of them can still ask for it. */
  async function lookAtAll(node: Latchkey): Promise<void> {
    for (const account of accounts) {
      const newest = account.sessions.map((session) => showAccess(session, 0));
      const header = newest.find((shown) => 'id' in judgeCaller(shown, now()));
      if (header) await expectActiveSessions(node.client({ token: header.text }), header);
    }
  }

  async function expectMe(asker: Client, header: Shown | null): Promise<void> {
    const answer = await asker.send(MeDocument);
    const session = caller(header);
    if ('refusedFor' in session) return expectRefused(answer, 'UNAUTHENTICATED', session);
    expect(answer.data?.me).toMatchObject(userFacts(session.account));
  }

  /** A cookie is taken back by the calls that end sessions, and by them only where its session is over. */
  function expectCookie(answer: Answer<unknown>, cookie: Shown | null): void {
    const value = cookieOf(answer)?.value;
    const ofSession = cookie?.kind === 'REFRESH' ? cookie.session : null;
    if (!cookie || (ofSession && isLive(ofSession, now()))) expect(value).toBeUndefined();
    else if (ofSession && answer.data) expect(value).toBe('');
    else expect(value ?? '').toBe('');
  }

  async function expectActiveSessions(asker: Client, header: Shown | null): Promise<void> {
    const answer = await asker.send(ActiveSessionsDocument);
    const current = caller(header);
    if ('refusedFor' in current) return expectRefused(answer, 'UNAUTHENTICATED', current);
    const live = liveSessions(current.account, now());
    const expected = live.map((session) => ({ ...facts(session), current: session === current }));
    expect(answer.data?.activeSessions.toSorted(byId)).toMatchObject(expected.toSorted(byId));
    // A use is noted off the request's path, so that its note may come after the answer.
    const look = async () => expectLastUses(await asker.ask(ActiveSessionsDocument), current.account);
    await vi.waitFor(look, { timeout: 10_000, interval: 20 });
  }

  // The commands

  const play = {
    async login(command: Of<'login'>) {
      const { by, right, delivery } = command;
      const account = accountAt(command.account);
      const input = { [by]: account[by], password: passwordOf(account, right), delivery };
      const answer = await client(command, showIf(command.header)).send(LoginDocument, { input });
      if (!right) return expectRefused(answer, 'INVALID_CREDENTIALS');
      if (account.closed) return expectRefused(answer, 'ACCOUNT_DEACTIVATED');
      account.lastLoginAt = now();
      expectNewSession(answer, answer.data?.login, account, delivery);
    },

    async refresh(command: Of<'refresh'>) {
      const argument = showIf(command.argument);
      const cookie = showIf(command.cookie);
      const answer = await client(command, null, cookie).send(RefreshDocument, {
        refreshToken: argument?.text ?? null,
      });
      const judged = judgeRefresh(argument ?? cookie, now());
      if ('refusedFor' in judged) {
        expect(cookieOf(answer)).toBeNull();
        expectRefused(answer, 'INVALID_REFRESH_TOKEN', judged);
        if (judged.reused) await expectEnded(command, [judged.reused.id], [judged.reused]);
        return;
      }
      const { verdict, session } = judged;
      session.usedAt = now();
      if (verdict === 'ROTATED') rotate(session, now());
      if (!answer.data) throw new Error(`Should have ${verdict}, but: ${JSON.stringify(answer.errors)}`);
      const token = expectPair(answer, answer.data.refresh, session, argument ? 'BODY' : 'COOKIE');
      if (verdict === 'REPEATED') return expect(token).toBe(session.refreshTokens.at(-1));
      learn(token);
      session.refreshTokens.push(token);
    },

    async logout(command: Of<'logout'>) {
      const header = showIf(command.header);
      const cookie = showIf(command.cookie);
      const token = command.token && show(command.token);
      const sessionId = command.sessionId === undefined ? undefined : idOf(command.sessionId, header);
      // Whether the cookie counts beside the token of an ended session, the contract leaves open.
      if (!token && !sessionId && cookie && header?.kind === 'ACCESS' && header.session.ended) return;

      const variables = { ...(token && { token: token.text }), ...(sessionId && { sessionId }) };
      const answer = await client(command, header, cookie).send(LogoutDocument, variables);
      const ended = judgeLogout({ header, cookie, token, sessionId });
      if ('code' in ended) expectRefused(answer, ended.code, ended);
      else await expectEnded(command, answer.data?.logout.endedSessionIds, ended);
      expectCookie(answer, cookie);
    },

    async logoutAll(command: Of<'logoutAll'>) {
      const { keepCurrent } = command;
      const header = showIf(command.header);
      const cookie = showIf(command.cookie);
      const answer = await client(command, header, cookie).send(LogoutAllDocument, { keepCurrent });
      const current = caller(header);
      if ('refusedFor' in current) expectRefused(answer, 'UNAUTHENTICATED', current);
      else {
        const ended = liveSessions(current.account, now()).filter((session) => !keepCurrent || session !== current);
        await expectEnded(command, answer.data?.logoutAll.endedSessionIds, ended);
      }
      expectCookie(answer, cookie);
    },

    async changePassword(command: Of<'changePassword'>) {
      const { right, delivery } = command;
      const header = showIf(command.header);
      const current = caller(header);
      const account = 'id' in current ? current.account : accountAt(0);
      const input = { currentPassword: passwordOf(account, right), newPassword: newPassword(), delivery };
      const answer = await client(command, header).send(ChangePasswordDocument, { input });
      if ('refusedFor' in current) return expectRefused(answer, 'UNAUTHENTICATED', current);
      if (!right) return expectRefused(answer, 'INVALID_CREDENTIALS');
      account.password = input.newPassword;
      const ended = liveSessions(account, now());
      await expectEnded(command, answer.data?.changePassword.endedSessionIds, ended);
      expectNewSession(answer, answer.data?.changePassword.auth, account, delivery);
    },

    async resetPassword(command: Of<'resetPassword'>) {
      const account = accountAt(command.account);
      if (account.closed) return;
      const input = { token: await mailedToken(db, account, now()), newPassword: newPassword() };
      const answer = await client(command, null).send(ResetPasswordDocument, { input });
      account.password = input.newPassword;
      account.emailVerified = true;
      await expectEnded(command, answer.data?.resetPassword.endedSessionIds, liveSessions(account, now()));
    },

    async deactivateAccount(command: Of<'deactivateAccount'>) {
      const header = showIf(command.header);
      const cookie = showIf(command.cookie);
      const current = caller(header);
      const account = 'id' in current ? current.account : accountAt(0);
      const password = passwordOf(account, command.right);
      const answer = await client(command, header, cookie).send(DeactivateAccountDocument, { password });
      if ('refusedFor' in current) expectRefused(answer, 'UNAUTHENTICATED', current);
      else if (!command.right) expectRefused(answer, 'INVALID_CREDENTIALS');
      else {
        account.closed = true;
        const ended = liveSessions(account, now());
        await expectEnded(command, answer.data?.deactivateAccount.endedSessionIds, ended);
      }
      expectCookie(answer, cookie);
    },

    async reactivate(command: Of<'reactivate'>) {
      const account = accountAt(command.account);
      account.closed = false;
      await db.write((tx) => tx.user.updateMany({ where: { id: account.id }, data: { deactivatedAt: null } }));
    },

    async me(command: Of<'me'>) {
      const header = showIf(command.header);
      await expectMe(client(command, header), header);
    },

    async activeSessions(command: Of<'activeSessions'>) {
      const header = showIf(command.header);
      await expectActiveSessions(client(command, header), header);
    },

    async pass(command: Of<'pass'>) {
      for (let time = 0; time < command.times; time++) {
        clock.advance(`${command.seconds}s`);
        if (command.everybody === 'REFRESHES') await refreshAll(command);
        if (command.everybody === 'LOOKS') await lookAtAll(at(nodes, command.node));
      }
    },
  };

  async function refreshAll({ node }: Command): Promise<void> {
    for (const session of started.filter((one) => isLive(one, now()))) {
      const argument = { kind: 'refresh' as const, session: sessions().indexOf(session), back: 0 };
      await play.refresh({ do: 'refresh', argument, cookie: null, node });
    }
  }

  interface Logout {
    header: Shown | null;
    cookie: Shown | null;
    token: Shown | undefined;
    sessionId: string | undefined;
  }

  /** The sessions that a logout ends, or why it is refused. */
  function judgeLogout({ header, cookie, token, sessionId }: Logout): Session[] | (Partial<Refused> & { code: Code }) {
    if (token && sessionId) return { code: 'BAD_USER_INPUT' };
    if (token) return [endedByToken(token, now())].filter((session) => session !== null);
    const current = caller(header);
    if (sessionId) {
      if ('refusedFor' in current) return { code: 'UNAUTHENTICATED', ...current };
      return liveSessions(current.account, now()).filter(({ id }) => id === sessionId);
    }
    if ('id' in current) return [current];
    if (!cookie) return { code: 'UNAUTHENTICATED', ...current };
    const byCookie = cookie.kind === 'REFRESH' && endedByToken(cookie, now());
    return byCookie ? [byCookie] : { code: 'UNAUTHENTICATED' };
  }

  function idOf(pick: SessionPick, header: Shown | null): string {
    if ('unknown' in pick) return pick.unknown;
    const account = header && header.kind !== 'GARBAGE' ? header.session.account : accountAt(0);
    const candidates = sessions().filter((session) => (session.account === account) === (pick.of === 'caller'));
    return at(candidates, pick.session).id;
  }

  for (const node of nodes) {
    const username = `u${randomUUID().replaceAll('-', '').slice(0, 20)}`;
    const { email, password, auth } = await node.newAccount({ username });
    const account: Account = {
      ...{ id: auth.user.id, email, username, password, lastLoginAt: now() },
      ...{ closed: false, emailVerified: false, sessions: [] },
    };
    accounts.push(account);
    expectNewSession({ data: auth, errors: [], status: 200, headers: new Headers() }, auth, account, 'BODY');
  }

  return {
    async play(command: Command): Promise<void> {
      await (play[command.do] as (command: Command) => Promise<void>)(command);
    },

    /** Every node knows of every session whether it is over, and lists those that are not. */
    async compareAll(): Promise<void> {
      for (const node of nodes) {
        for (const session of started) await expectKnown(node, session);
        await lookAtAll(node);
      }
    },
  };
}

type ShownAccess = Extract<Shown, { kind: 'ACCESS' }>;
type Code = Parameters<typeof expectCode>[1];

function expectRefused(answer: Answer<unknown>, code: Code, { refusedFor }: Partial<Refused> = {}): void {
  const { reason } = expectCode(answer, code);
  if (refusedFor) expect(refusedFor).toContain(reason);
}

function facts({ id, startedAt, expiresAt }: Session) {
  return { id, createdAt: iso(startedAt), expiresAt: iso(expiresAt) };
}

function userFacts({ id, email, username, emailVerified, lastLoginAt }: Account) {
  return { id, email, username, emailVerified, lastLoginAt: iso(lastLoginAt) };
}

/** Most recently used first, exact to a minute. */
function expectLastUses({ activeSessions: listed }: ActiveSessionsQuery, account: Account): void {
  const times = listed.map(({ lastUsedAt }) => Date.parse(lastUsedAt));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  for (const [index, { id }] of listed.entries()) {
    const session = account.sessions.find((one) => one.id === id);
    expect(times[index]).toBeLessThanOrEqual(session?.usedAt ?? 0);
    expect(times[index]).toBeGreaterThanOrEqual((session?.usedAt ?? 0) - 60_000);
  }
}

function showAccess(session: Session, back: number): ShownAccess {
  const { text, expiresAt } = newest(session.accessTokens, back).item;
  return { kind: 'ACCESS', text, session, expiresAt };
}

function showRefresh(session: Session, back: number): Shown {
  const { item: text, index: rotation } = newest(session.refreshTokens, back);
  return { kind: 'REFRESH', text, session, rotation };
}

function newest<T>(list: T[], back: number): { item: T; index: number } {
  const index = list.length - 1 - (back % list.length);
  return { item: list[index] as T, index };
}

/** The same token, signed by nobody. */
function forge(token: string): string {
  const signatureLength = token.length - token.lastIndexOf('.') - 1;
  return `${token.slice(0, -signatureLength)}${'A'.repeat(signatureLength)}`;
}

/** What a mail that was sent now would carry; waiting for one would take a second each. */
async function mailedToken(db: Database, account: Account, now: number): Promise<string> {
  const token = randomSecret();
  const data = { id: newId(), userId: account.id, kind: 'RESET' as const, digest: sha256(token), mailId: newId() };
  const createdAt = new Date(now);
  const expiresAt = new Date(now + 3_600_000);
  await db.write((client) => client.mailToken.create({ data: { ...data, createdAt, expiresAt } }));
  return token;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
