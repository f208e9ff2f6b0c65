import { beforeAll, describe, expect, test, vi } from 'vitest';
import { LoginDocument, MeDocument, RefreshDocument } from '../client/generated/graphql.js';
import { administrationOf } from '../support/administration.js';
import { type CliResult, runCli } from '../support/cli.js';
import { expectCode } from '../support/client.js';
import { type Engine, engines, freshDir, migratedDatabaseUrl } from '../support/databases.js';
import { type Account, type Latchkey, startLatchkey, testSettings } from '../support/latchkey.js';
import { rowsOf } from '../support/rows.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What operators do to accounts. */
interface Operator {
  deactivate(email: string): Promise<unknown>;
  reactivate(email: string): Promise<unknown>;
  endSessions(email: string): Promise<unknown>;
  endAllSessions(): Promise<unknown>;
}

/** The lines of a command that is done. */
async function linesOf(databaseUrl: string, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runCli('account', args, { ...testSettings, DATABASE_URL: databaseUrl });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

/**
 * Processes on SQLite, which share a file with the nodes. On PostgreSQL what the commands call, over connections of its
 * own: a process would make no difference there.
 */
async function operatorOf(engine: Engine, databaseUrl: string): Promise<Operator> {
  if (engine === 'postgresql') return (await administrationOf(databaseUrl)).accounts;
  return {
    deactivate: (email) => linesOf(databaseUrl, 'deactivate', email),
    reactivate: (email) => linesOf(databaseUrl, 'reactivate', email),
    endSessions: (email) => linesOf(databaseUrl, 'end-sessions', email),
    endAllSessions: () => linesOf(databaseUrl, 'end-sessions', '--all'),
  };
}

describe.each(engines)('%s', (engine) => {
  let nodes: Latchkey[];
  let databaseUrl: string;
  let operator: Operator;
  beforeAll(async () => {
    const first = await startLatchkey(engine);
    databaseUrl = first.databaseUrl;
    nodes = [first, await startLatchkey({ databaseUrl })];
    operator = await operatorOf(engine, databaseUrl);
  });

  async function newAccount(): Promise<Account> {
    const [node] = nodes;
    if (!node) throw new Error('There is no node.');
    return node.newAccount();
  }

  async function expectSignedIn({ auth }: Account): Promise<void> {
    for (const node of nodes) await node.client({ token: auth.accessToken }).ask(MeDocument);
  }

  async function expectEnded({ auth: { accessToken, refreshToken } }: Account): Promise<void> {
    for (const node of nodes) {
      const me = await node.client({ token: accessToken }).send(MeDocument);
      expectCode(me, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      const refresh = await node.client().send(RefreshDocument, { refreshToken });
      expectCode(refresh, 'INVALID_REFRESH_TOKEN', { reason: 'SESSION_ENDED' });
    }
  }

  const loginsOf = ({ email, password }: Account) =>
    Promise.all(nodes.map((node) => node.client().send(LoginDocument, { input: { email, password } })));

  test('account list and show print the account and no hash', async () => {
    const account = await newAccount();
    const [listed, shown] = await Promise.all([
      linesOf(databaseUrl, 'list'),
      linesOf(databaseUrl, 'show', account.email),
    ]);
    expect(listed.filter((line) => line.startsWith(`${account.email}\t`))).toHaveLength(1);
    const output = shown.join('\n');
    expect(output).toContain(account.auth.user.id);
    expect(output).toMatch(/sessions?: 1$/im);
    expect(output + listed.join('\n')).not.toMatch(/\$2[aby]\$|hash/i);
  });

  test('account deactivate ends sign-in and sessions on every node, reactivate allows sign-in again', async () => {
    const account = await newAccount();
    await expectSignedIn(account);
    await operator.deactivate(account.email.toUpperCase());
    await expectEnded(account);
    for (const answer of await loginsOf(account)) expectCode(answer, 'ACCOUNT_DEACTIVATED');
    await operator.reactivate(account.email);
    await expectEnded(account);
    for (const answer of await loginsOf(account)) expect(answer.errors).toEqual([]);
  });

  test('account end-sessions ends those of one account, or of all', async () => {
    const [one, other, third] = [await newAccount(), await newAccount(), await newAccount()];
    for (const account of [one, other, third]) await expectSignedIn(account);
    await operator.endSessions(one.email);
    await expectEnded(one);
    await expectSignedIn(other);
    await operator.endAllSessions();
    await expectEnded(other);
    await expectEnded(third);
    for (const answer of await loginsOf(one)) expect(answer.errors).toEqual([]);
  });
});

describe('wrong usage exits with 2, before anything is opened', () => {
  const misuses: ['account' | 'keys', ...string[]][] = [
    ['account'],
    ['account', 'destroy', 'a@example.com'],
    ['account', 'show'],
    ['account', 'deactivate', '--all'],
    ['keys', 'rotate', '--later'],
    ['keys', 'revoke'],
  ];
  test('usage of either command', async () => {
    const cwd = await freshDir();
    const results = misuses.map(([command, ...args]) => runCli(command, args, { PORT: 'nonsense' }, { cwd }));
    for (const { code, stdout, stderr } of await Promise.all(results)) {
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^Usage: npm run (account|keys) -- COMMAND\n/);
    }
  });
});

test('settings that cannot be used exit with 1 and one line for each', async () => {
  const { code, stdout, stderr } = await runCli('account', ['list'], { PORT: 'nonsense', BCRYPT_COST: 'high' });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^PORT: /),
    expect.stringMatching(/^BCRYPT_COST: /),
  ]);
});

test('a command that cannot be done exits with 1 and one line', async () => {
  const settings = { ...testSettings, DATABASE_URL: await migratedDatabaseUrl('sqlite') };
  await runCli('keys', ['list'], settings); // makes the first key
  const rejected: [Promise<CliResult>, RegExp][] = [
    [runCli('account', ['show', 'nobody@example.com'], settings), /nobody@example\.com/],
    [runCli('account', ['deactivate', 'no address'], settings), /no address/],
    [runCli('keys', ['revoke', 'no-such-key'], settings), /no-such-key/],
    [runCli('keys', ['list'], { ...settings, AUTH_SECRET: 'hunter2, and thirty-two characters' }), /AUTH_SECRET/],
  ];
  for (const [result, reason] of rejected) {
    const { code, stdout, stderr } = await result;
    expect({ code, stdout, lines: stderr.split('\n') }).toEqual({
      code: 1,
      stdout: '',
      lines: [expect.any(String), ''],
    });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain('hunter2');
  }
});

test('a command does nothing on a machine whose clock is wrong', async () => {
  const anHourAhead =
    'globalThis.Date=class extends Date{constructor(...of){super(...(of.length?of:[Date.now()]))}static now(){return super.now()+36e5}}';
  const settings = { ...testSettings, DATABASE_URL: await migratedDatabaseUrl('postgresql') };
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(anHourAhead)}`;
  const { code, stdout, stderr } = await runCli('account', ['end-sessions', '--all'], { ...settings, NODE_OPTIONS });
  expect([code, stdout]).toEqual([1, '']);
  expect(await rowsOf(settings.DATABASE_URL, 'SELECT * FROM "SigningKey"')).toEqual([]);
  expect(stderr).toMatch(/^Nothing was done: this machine's clock is 3[56]\d{5} ms ahead of the database's\.\n$/);
});
