import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LoginDocument, LogoutAllDocument, LogoutDocument, MeDocument } from '../../client/generated/graphql.js';
import type { Client } from '../../support/client.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { breakable, type Outage } from '../../support/outage.js';

/** Sessions that are ended; more of them on demand, where somebody hunts for a stale answer. */
const endings = Number(process.env.ENDINGS || 100);
const atOnce = 8;

/** Until `over`: the line is cut, or delays all that passes, for moments at random. */
async function disturb(line: Outage, over: () => boolean): Promise<void> {
  while (!over()) {
    await sleep(Math.random() * 120);
    if (Math.random() < 0.3) line.cut();
    else line.hang();
    await sleep(Math.random() * 80);
    line.restore();
  }
}

async function signIn(node: Latchkey, { email, password }: Account): Promise<string> {
  const { login } = await node.client().ask(LoginDocument, { input: { email, password } });
  return login.accessToken;
}

const logout = (client: Client) => client.ask(LogoutDocument);
const logoutAll = (client: Client) => client.ask(LogoutAllDocument, { keepCurrent: false });

test('of four nodes on PostgreSQL, three with lines that break and stall', { timeout: 600_000 }, async () => {
  const first = await startLatchkey('postgresql');
  const lines = await Promise.all([1, 2, 3].map(() => breakable(first.databaseUrl)));
  const others = await Promise.all(lines.map(({ url }) => startLatchkey({ databaseUrl: url }, {}, first)));
  const answers = { SESSION_ENDED: 0, SERVICE_UNAVAILABLE: 0, stale: 0 };
  let over = false;
  let begun = 0;

  const askAtOnce = (token: string) => others.map((node) => node.client({ token }).send(MeDocument));

  async function endAndAsk(account: Account): Promise<void> {
    while (begun < endings) {
      const end = begun++ % 2 === 0 ? logout : logoutAll;
      const token = await signIn(first, account);
      await Promise.all(askAtOnce(token)); // whatever can be remembered is remembered now
      const asking = askAtOnce(token); // and questions are under way meanwhile
      await end(first.client({ token }));
      for (const { data, errors } of await Promise.all(askAtOnce(token))) {
        const { code, reason } = errors[0]?.extensions ?? {};
        if (data?.me) answers.stale++;
        else answers[(reason ?? code) as keyof typeof answers]++;
      }
      await Promise.all(asking);
    }
  }

  const accounts = await Promise.all(Array.from({ length: atOnce }, () => first.newAccount()));
  const disturbances = lines.map((line) => disturb(line, () => over));
  await Promise.all(accounts.map(endAndAsk));
  over = true;
  await Promise.all(disturbances);

  expect(answers).toMatchObject({ stale: 0 });
  expect(answers.SESSION_ENDED).toBeGreaterThan(endings); // most of them were reachable most of the time
  expect(answers.SESSION_ENDED + answers.SERVICE_UNAVAILABLE).toBeGreaterThanOrEqual(3 * endings);
});
