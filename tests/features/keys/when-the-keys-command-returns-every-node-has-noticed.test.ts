import { setTimeout as sleep } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { administrationOf } from '../../support/administration.js';
import { runCli } from '../../support/cli.js';
import { expectCode } from '../../support/client.js';
import { type Engine, engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey, testSettings } from '../../support/latchkey.js';
import { publishedKids } from './published-keys.js';

const kidOf = (token?: string | null) => decodeProtectedHeader(token ?? '').kid ?? '';

/** What a command that is done has printed. */
async function done(databaseUrl: string, ...args: string[]): Promise<string> {
  const { AUTH_SECRET } = testSettings;
  const { code, stdout, stderr } = await runCli('keys', args, { AUTH_SECRET, DATABASE_URL: databaseUrl });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/**
 * The command's processes on SQLite, which share a file with the nodes; on PostgreSQL what the command calls, over
 * connections of its own.
 */
async function operatorOf(engine: Engine, databaseUrl: string) {
  if (engine === 'postgresql') return (await administrationOf(databaseUrl)).keys;
  return {
    rotate: ({ now }: { now: boolean }) => done(databaseUrl, 'rotate', ...(now ? ['--now'] : [])),
    revoke: (kid: string) => done(databaseUrl, 'revoke', kid),
  };
}

describe.each(engines)('on %s', (engine) => {
  let nodes: [Latchkey, Latchkey];
  let operator: Awaited<ReturnType<typeof operatorOf>>;
  beforeAll(async () => {
    const first = await startLatchkey(engine, { REFRESH_GRACE: '300s' });
    nodes = [first, await startLatchkey(first, { REFRESH_GRACE: '300s' }, first)];
    operator = await operatorOf(engine, first.databaseUrl);
  });

  const newAuth = async (node: Latchkey) => (await node.newAccount()).auth;
  /** Uses both nodes again and again, each with what the other has just given, and stops at the first refusal. */
  function useBoth() {
    let on = true;
    let turns = 0;
    async function use(): Promise<void> {
      let { refreshToken } = await newAuth(nodes[0]);
      for (; on; turns++, await sleep(25)) {
        const [giver, taker] = turns % 2 ? nodes : [nodes[1], nodes[0]];
        const { refresh } = await giver.client().ask(RefreshDocument, { refreshToken });
        await taker.client({ token: refresh.accessToken }).ask(MeDocument);
        refreshToken = refresh.refreshToken;
      }
    }
    const using = use();
    using.catch(() => {}); // told by whoever stops it
    return async () => {
      on = false;
      await using;
      expect(turns).toBeGreaterThan(0);
    };
  }

  test('rotate --now: both sign with the new key, and no token was rejected in between', async () => {
    const before = await newAuth(nodes[1]);
    const stop = useBoth();
    const output = await operator.rotate({ now: true });
    const after = [await newAuth(nodes[1]), await newAuth(nodes[0])];
    await stop();

    const [kid = ''] = new Set(after.flatMap((auth) => [kidOf(auth.accessToken), kidOf(auth.refreshToken)]));
    expect(kid).not.toBe(kidOf(before.accessToken));
    expect(output).toContain(kid);
    for (const node of nodes) {
      for (const { accessToken } of [before, ...after]) await node.client({ token: accessToken }).ask(MeDocument);
      expect(await publishedKids(node)).toEqual(expect.arrayContaining([kid, kidOf(before.accessToken)]));
    }
  });

  test('rotate: both publish the new key, and go on with the one before', async () => {
    const before = await newAuth(nodes[0]);
    const output = await operator.rotate({ now: false });
    for (const node of nodes) {
      expect(kidOf((await newAuth(node)).accessToken)).toBe(kidOf(before.accessToken));
      const kids = await publishedKids(node);
      expect(output).toContain(kids.at(-1));
      expect(kids).toHaveLength(3);
    }
  });

  test('revoke: both reject what the key has signed, and sign with a new one', async () => {
    const [victim, other] = [await newAuth(nodes[0]), await newAuth(nodes[1])];
    const kid = kidOf(victim.accessToken);
    await operator.revoke(kid);
    for (const node of nodes) {
      for (const { accessToken: token, refreshToken } of [victim, other]) {
        expectCode(await node.client({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'INVALID' });
        expectCode(await node.client().send(RefreshDocument, { refreshToken }), 'INVALID_REFRESH_TOKEN', {
          reason: 'INVALID',
        });
      }
      expect(await publishedKids(node)).not.toContain(kid);
      const { accessToken } = await newAuth(node);
      expect(kidOf(accessToken)).not.toBe(kid);
      for (const each of nodes) await each.client({ token: accessToken }).ask(MeDocument);
    }
  });

  test('list: every key with its kid, its state and its dates', async () => {
    const listed = await done(nodes[0].databaseUrl, 'list');
    const keys = listed
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(keys.map(([, state]) => state)).toEqual(['retired', 'revoked', 'retired', 'active']);
    const published = keys.filter(([, state]) => state !== 'revoked').map(([kid]) => kid);
    expect(published).toEqual(await publishedKids(nodes[0]));
    for (const [, , ...dates] of keys) expect(dates.join()).toMatch(/\d{4}-\d\d-\d\dT/);
    expect(listed).not.toMatch(/eyJ|"d"/);
  });
});
