import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LoginHistoryDocument,
  MeDocument,
  RefreshDocument,
  UpdateProfileDocument,
} from '../client/generated/graphql.js';
import { administrationOf } from '../support/administration.js';
import { runCli } from '../support/cli.js';
import { expectCode } from '../support/client.js';
import { type Engine, engines } from '../support/databases.js';
import { type Account, type Latchkey, startLatchkey, testSettings } from '../support/latchkey.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
/** Uses both nodes in turn while `goesOn()`; answers how often. No request may fail. */
async function work(nodes: Latchkey[], account: Account, goesOn: () => boolean) {
  const { email, password } = account;
  let { accessToken: token, refreshToken } = account.auth;
  let rounds = 0;
  for (; goesOn(); rounds++) {
    const node = nodes[rounds % nodes.length] ?? nodes[0];
    const client = node?.client();
    if (!client) break;
    const { refresh } = await client.ask(RefreshDocument, { refreshToken });
    ({ accessToken: token, refreshToken } = refresh);
    const caller = client.with({ token });
    await caller.ask(UpdateProfileDocument, { input: { firstName: `round ${rounds}` } });
    await client.ask(LoginDocument, { input: { email, password } });
    await sleep(50); // the commands need a processor too
  }
  return { rounds, token, refreshToken };
}

/** Processes on SQLite, which share a file with the nodes; on PostgreSQL what the commands call, over connections of its own. */
async function operatorOf(engine: Engine, databaseUrl: string) {
  if (engine === 'postgresql') {
    const { accounts, keys } = await administrationOf(databaseUrl);
    const { endSessions, deactivate } = accounts;
    return { endSessions, deactivate, rotateNow: () => keys.rotate({ now: true }) };
  }
  const run = async (command: 'account' | 'keys', ...args: string[]) => {
    const { code, stderr } = await runCli(command, args, { ...testSettings, DATABASE_URL: databaseUrl });
    expect([code, stderr]).toEqual([0, '']);
  };
  return {
    endSessions: (email: string) => run('account', 'end-sessions', email),
    deactivate: (email: string) => run('account', 'deactivate', email),
    rotateNow: () => run('keys', 'rotate', '--now'),
  };
}

test.each(engines)(
  '%s: while operators end sessions and rotate keys, no request fails and no answered write is lost',
  async (engine) => {
    const first = await startLatchkey(engine);
    const nodes = [first, await startLatchkey({ databaseUrl: first.databaseUrl })];
    const operator = await operatorOf(engine, first.databaseUrl);
    const workers = await Promise.all([0, 1].map(() => first.newAccount()));
    const victims = await Promise.all([0, 1].map(() => first.newAccount()));
    let busy = true;
    const working = workers.map((account) => work(nodes, account, () => busy));

    try {
      await Promise.all([...victims.map(({ email }) => operator.endSessions(email)), operator.rotateNow()]);
      await Promise.all(victims.map(({ email }) => operator.deactivate(email)));
    } finally {
      busy = false;
    }

    for (const [i, { rounds, token, refreshToken }] of (await Promise.all(working)).entries()) {
      expect(rounds).toBeGreaterThan(1);
      const client = nodes[1]?.client({ token }) ?? first.client();
      expect((await client.ask(MeDocument)).me.firstName).toBe(`round ${rounds - 1}`);
      const { activeSessions } = await client.ask(ActiveSessionsDocument);
      expect(activeSessions).toHaveLength(Math.min(100, 1 + rounds));
      const { loginHistory } = await client.ask(LoginHistoryDocument, { first: 100 });
      expect(loginHistory.nodes).toHaveLength(Math.min(100, 1 + rounds));
      const { refresh } = await client.ask(RefreshDocument, { refreshToken });
      expect(refresh.user.id).toBe(workers[i]?.auth.user.id);
    }
    for (const { email, password, auth } of victims) {
      const me = await first.client({ token: auth.accessToken }).send(MeDocument);
      expectCode(me, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
      expectCode(await first.client().send(LoginDocument, { input: { email, password } }), 'ACCOUNT_DEACTIVATED');
    }
    for (const node of nodes) expect(node.logs.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
  },
);
