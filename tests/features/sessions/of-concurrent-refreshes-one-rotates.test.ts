import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { cookieOf } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { takeApart } from '../tokens/insider.js';

describe.each(engines)('on %s', (engine) => {
  let nodes: Latchkey[];
  beforeAll(async () => {
    const first = await startLatchkey(engine);
    nodes = [first, await startLatchkey(first, {}, first)];
  });

  const node = (index: number) => nodes[index % nodes.length] as Latchkey;
  const refresh = async (on: Latchkey, refreshToken?: string | null) =>
    (await on.client().ask(RefreshDocument, { refreshToken })).refresh;

  test.each([16, 64])('%i callers on two nodes are given one successor, byte for byte', async (callers) => {
    const { auth } = await node(0).newAccount();
    let token = auth.refreshToken;
    for (const round of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: callers }, (_, index) => refresh(node(index), token)));
      const successors = new Set(answers.map(({ refreshToken }) => refreshToken));
      expect(successors.size).toBe(1);
      token = answers[0]?.refreshToken ?? null;
      expect(takeApart(token ?? '').claims.gen).toBe(round);
      expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(callers);
      expect(new Set(answers.map(({ refreshTokenExpiresAt }) => refreshTokenExpiresAt)).size).toBe(1);
    }
  });

  test('each of them has a pair that works, of the one session that there is', async () => {
    const { auth } = await node(0).newAccount();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => refresh(node(index), auth.refreshToken)),
    );
    for (const [index, { accessToken, session, user }] of answers.entries()) {
      const client = node(index).client({ token: accessToken });
      expect((await client.ask(MeDocument)).me.id).toBe(user.id);
      expect(session).toMatchObject({ id: auth.session.id, current: true });
      expect((await client.ask(ActiveSessionsDocument)).activeSessions).toHaveLength(1);
    }
  });

  test('the tabs of one browser end up with one cookie', async () => {
    const { auth } = await node(0).newAccount();
    const cookie = auth.refreshToken ?? '';
    const tabs = Array.from({ length: 16 }, (_, index) => node(index).client({ cookie }).send(RefreshDocument));
    const cookies = (await Promise.all(tabs)).map((answer) => cookieOf(answer)?.value);
    expect(new Set(cookies).size).toBe(1);
    expect(cookies[0]).not.toBe(cookie);
  });

  test('a caller that refreshes again and again, each time with the newest token, is never rejected', async () => {
    let token = (await node(0).newAccount()).auth.refreshToken;
    for (let step = 1; step <= 100; step++) token = (await refresh(node(step), token)).refreshToken;
    expect(takeApart(token ?? '').claims.gen).toBe(100);
  });
});
