import { v7 } from 'uuid';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../../src/platform/database/open.js';
import {
  LoginDocument,
  type LoginEventFieldsFragment,
  LoginHistoryDocument,
  type LoginHistoryQuery,
} from '../../client/generated/graphql.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { storedRows } from '../../support/stored.js';

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  async function signIn({ email, password }: Account) {
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    return { ...login, client: latchkey.client({ token: login.accessToken }) };
  }

  /** The whole history, page by page. */
  async function history({ client }: Pick<Account, 'client'>) {
    const nodes: LoginEventFieldsFragment[] = [];
    let after: string | null = null;
    do {
      const answer: LoginHistoryQuery = await client.ask(LoginHistoryDocument, { first: 100, after });
      const { nodes: page, pageInfo } = answer.loginHistory;
      nodes.push(...page);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    return nodes;
  }

  test('an event is shown for 90 days, and its cursor works for longer', async () => {
    const account = await latchkey.newAccount();
    latchkey.clock.advance('60d');
    const second = await signIn(account);
    const { loginHistory } = await second.client.ask(LoginHistoryDocument, { first: 1 });
    expect(loginHistory.pageInfo.hasNextPage).toBe(true);

    latchkey.clock.advance('31d');
    const third = await signIn(account);
    expect((await history(third)).map(({ sessionId }) => sessionId)).toEqual([third.session.id, second.session.id]);
    const later = await third.client.ask(LoginHistoryDocument, { after: loginHistory.pageInfo.endCursor });
    expect(later.loginHistory.nodes).toEqual([]);
  });

  test('the oldest of more than 1,000 are removed, whether the newest failed or not', async () => {
    const account = await latchkey.newAccount();
    const { email } = account;
    await addFailures(latchkey, account.auth.user.id, 999);
    expect(await history(account)).toHaveLength(1_000);

    const { session } = await signIn(account);
    await latchkey.client().send(LoginDocument, { input: { email, password: 'not the right one' } });
    const userId = account.auth.user.id;
    const stored = async () =>
      ((await storedRows(latchkey.databaseUrl)).Event ?? []).filter(
        (row) => row.userId === userId && String(row.kind).startsWith('SIGN') && row.kind !== 'SIGNED_UP',
      );
    await vi.waitFor(async () => expect(await stored()).toHaveLength(1_000), 10_000);
    const kept = await history(account);
    expect(kept).toHaveLength(1_000);
    expect(kept[0]).toMatchObject({ failure: 'INVALID_CREDENTIALS' });
    expect(kept[1]).toMatchObject({ sessionId: session.id });
    expect(kept.map(({ sessionId }) => sessionId)).toContain(account.auth.session.id);
  });
});

/** So many failed sign-ins, all a minute older than anything that has happened. */
async function addFailures({ databaseUrl, clock }: Latchkey, userId: string, count: number): Promise<void> {
  const database = await openDatabase({ url: databaseUrl, poolSize: 1, onError: () => {} });
  const at = new Date(clock.now().getTime() - 60_000);
  const ids = Array.from({ length: count }, () => v7({ msecs: Date.now() - 60_000 }));
  const failed = { kind: 'SIGN_IN_REFUSED', actor: 'ANONYMOUS' };
  const data = ids.map((id) => ({ id, userId, at, failure: 'INVALID_CREDENTIALS', ...failed }));
  await database.write((client) => client.event.createMany({ data }));
  await database.close();
}
