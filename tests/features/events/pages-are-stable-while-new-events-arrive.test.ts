import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, LoginHistoryDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  async function signIn({ email, password }: Account, times: number) {
    for (let n = 0; n < times; n++) await latchkey.client().ask(LoginDocument, { input: { email, password } });
  }
  const page = async ({ client }: Account, first?: number, after?: string | null) =>
    (await client.ask(LoginHistoryDocument, { first, after })).loginHistory;

  test('pages follow each other without a gap or a repetition', async () => {
    const account = await latchkey.newAccount();
    await signIn(account, 4);
    const all = await page(account);
    expect(all.nodes).toHaveLength(5);

    const seen = [];
    let after: string | null = null;
    for (const hasNextPage of [true, true, false]) {
      const { nodes, pageInfo } = await page(account, 2, after);
      seen.push(...nodes);
      expect(pageInfo).toEqual({ hasNextPage, endCursor: expect.any(String) });
      after = pageInfo.endCursor;
      await signIn(account, 3);
    }
    expect(seen).toEqual(all.nodes);
    expect(await page(account, 2, after)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });

  test('the newest comes first, of many at once too', async () => {
    const account = await latchkey.newAccount();
    const { email, password } = account;
    const attempts = Array.from({ length: 30 }, (_, i) => (i % 2 ? password : 'not the right one'));
    await Promise.all(
      attempts.map((attempt) => latchkey.client().send(LoginDocument, { input: { email, password: attempt } })),
    );
    const times = (await page(account, 100)).nodes.map(({ at }) => at);
    expect(times).toHaveLength(31);
    expect(times).toEqual(times.toSorted().reverse());
  });

  test("every event's own cursor leads behind it", async () => {
    const account = await latchkey.newAccount();
    await signIn(account, 2);
    const { edges, nodes } = await page(account, 3);
    for (const [index, { cursor }] of edges.entries()) {
      expect((await page(account, 100, cursor)).nodes).toEqual(nodes.slice(index + 1));
    }
  });

  test('a page has 20 events where no number is given', async () => {
    const account = await latchkey.newAccount();
    await signIn(account, 20);
    const { nodes, pageInfo } = await page(account);
    expect(nodes).toHaveLength(20);
    expect(pageInfo.hasNextPage).toBe(true);
  });

  test.each([0, -1, 101, 2_147_483_647])('first: %i is rejected', async (first) => {
    const { client } = await latchkey.newAccount();
    const fields = [{ path: 'first', message: expect.any(String) }];
    expectCode(await client.send(LoginHistoryDocument, { first }), 'BAD_USER_INPUT', { fields });
  });

  test('first: null is rejected, 1 and 100 are accepted', async () => {
    const account = await latchkey.newAccount();
    expectCode(await account.client.send(LoginHistoryDocument, { first: null }), 'BAD_USER_INPUT');
    for (const first of [1, 100]) expect((await page(account, first)).nodes).toHaveLength(1);
  });

  test('a cursor that was not issued to this account is rejected', async () => {
    const account = await latchkey.newAccount();
    const stranger = await page(await latchkey.newAccount());
    const { edges } = await page(account);
    const cursor = edges[0]?.cursor ?? '';
    const altered = `${cursor.slice(0, -4)}${cursor.at(-1)}${cursor.slice(-3)}`;
    const decoded = Buffer.from(cursor, 'base64url').toString();
    const others = [stranger.pageInfo.endCursor, altered, `${cursor}=`, ` ${cursor}`, cursor.toUpperCase(), decoded];
    for (const after of [...others, edges[0]?.node.id, '', 'x'.repeat(5_000)]) {
      const fields = [{ path: 'after', message: expect.any(String) }];
      expectCode(await account.client.send(LoginHistoryDocument, { after }), 'BAD_USER_INPUT', { fields });
    }
  });
});
