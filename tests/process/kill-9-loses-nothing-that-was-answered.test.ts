import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import {
  LoginDocument,
  LoginHistoryDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  SignupDocument,
  UpdateProfileDocument,
} from '../client/generated/graphql.js';
import { type Client, createClient, expectCode } from '../support/client.js';
import { engines, freshDatabaseUrl, freshDir } from '../support/databases.js';
import { testSettings } from '../support/latchkey.js';
import { startProcess } from '../support/process.js';
import { rowsOf } from '../support/rows.js';

vi.setConfig({ testTimeout: 180_000 });

/** What was answered to one client before the server died. */
interface Answered {
  email: string;
  userId: string;
  /** The refresh tokens in the order of their answers. */
  refreshTokens: string[];
  accessToken: string;
  firstName: string | null;
  loggedOut: boolean;
}

const password = 'correct horse battery';

/** Lives account after account until the server is gone; what was answered is in `answered` then. */
async function storm(client: Client, name: string, answered: Answered[]): Promise<void> {
  for (let count = 0; ; count++) {
    const email = `${name}-${count}@example.com`;
    const { signup } = await client.ask(SignupDocument, { input: { email, password } });
    const refreshTokens = [signup.refreshToken ?? ''];
    const account: Answered = {
      email,
      userId: signup.user.id,
      refreshTokens,
      accessToken: signup.accessToken,
      firstName: null,
      loggedOut: false,
    };
    answered.push(account);
    const caller = client.with({ token: signup.accessToken });
    for (const firstName of ['Ada', 'Grace']) {
      const { refresh } = await client.ask(RefreshDocument, { refreshToken: refreshTokens.at(-1) ?? '' });
      refreshTokens.push(refresh.refreshToken ?? '');
      await caller.ask(UpdateProfileDocument, { input: { firstName } });
      account.firstName = firstName;
    }
    if (count % 2 === 1) continue;
    await caller.ask(LogoutDocument);
    account.loggedOut = true;
  }
}

async function expectKept(client: Client, answered: Answered): Promise<void> {
  const me = await client.with({ token: answered.accessToken }).send(MeDocument);
  const refreshed = await client.send(RefreshDocument, { refreshToken: answered.refreshTokens.at(-1) ?? '' });
  // The next step may have been done too: the server can have died between doing it and saying so.
  const mayHaveEnded = me.errors[0]?.extensions.reason === 'SESSION_ENDED' && answered.firstName === 'Grace';
  if (answered.loggedOut || mayHaveEnded) {
    expectCode(me, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    expectCode(refreshed, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
  } else {
    expect(me.errors).toEqual([]);
    expect(refreshed.errors).toEqual([]);
    const next: Record<string, unknown[]> = { null: [null, 'Ada'], Ada: ['Ada', 'Grace'], Grace: ['Grace'] };
    expect(next[String(answered.firstName)]).toContain(me.data?.me.firstName);
  }
  const { login } = await client.ask(LoginDocument, { input: { email: answered.email, password } });
  expect(login.user.id).toBe(answered.userId);
  const { loginHistory } = await client.with({ token: login.accessToken }).ask(LoginHistoryDocument, {});
  expect(loginHistory.nodes.map(({ succeeded }) => succeeded)).toEqual([true, true]);
}

/** PostgreSQL finishes what the dead have asked for: until it notices, there may be a commit to come. */
async function untilNobodyIsConnected(databaseUrl: string): Promise<void> {
  if (databaseUrl.startsWith('file:')) return;
  const others = `SELECT "pid" FROM "pg_stat_activity" WHERE "datname" = current_database()
    AND "pid" <> pg_backend_pid() AND "backend_type" = 'client backend'`;
  await expect.poll(() => rowsOf(databaseUrl, others), { timeout: 30_000 }).toEqual([]);
}

test.each(engines)('%s', async (engine) => {
  const databaseUrl = await freshDatabaseUrl(engine);
  const settings = { ...testSettings, REFRESH_GRACE: '300s', DATABASE_URL: databaseUrl };
  const cwd = await freshDir();
  const doomed = await startProcess(settings, { cwd });
  const client = createClient(await doomed.listening);
  const answered: Answered[] = [];
  const clients = Array.from({ length: 6 }, (_, i) =>
    storm(client, `client-${i}`, answered).catch((error: Error) => error),
  );
  await expect.poll(() => answered.filter(({ loggedOut }) => loggedOut).length, { timeout: 60_000 }).toBeGreaterThan(5);
  await sleep(Math.random() * 50);
  doomed.kill('SIGKILL');
  for (const ending of await Promise.all(clients)) expect(String(ending)).toMatch(/fetch failed|terminated/);
  expect((await doomed.exited).signal).toBe('SIGKILL');
  await untilNobodyIsConnected(databaseUrl);

  // Nothing half: an account has its password, its session, its events and its mail, queued or sent.
  const users = await rowsOf<{ id: string; email: string }>(databaseUrl, 'SELECT "id", "email" FROM "User"');
  const owners = async (table: string) =>
    new Set((await rowsOf<{ userId: string }>(databaseUrl, `SELECT "userId" FROM ${table}`)).map((row) => row.userId));
  const tables = [
    '"Session"',
    '"Password"',
    `"Event" WHERE "kind" = 'SIGNED_UP'`,
    `"Event" WHERE "kind" = 'SIGNED_IN'`,
  ];
  for (const table of tables) expect(await owners(table)).toEqual(new Set(users.map(({ id }) => id)));

  const queued = await rowsOf<{ email: string }>(databaseUrl, 'SELECT "email" FROM "OutboxMail"');
  const mailed = [...queued.map(({ email }) => email), ...(await doomed.mails()).map(({ to }) => to)];
  expect(mailed).toEqual(expect.arrayContaining(users.map(({ email }) => email)));

  const reborn = await startProcess(settings, { cwd });
  const survivor = createClient(await reborn.listening);
  await Promise.all(answered.map((each) => expectKept(survivor, each)));
});
