import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument } from '../../client/generated/graphql.js';
import { type Answer, cookieOf, expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

/** All that a caller sees of an answer, but the time and the ids that differ from any request to the next. */
function visible({ data, errors, status, headers }: Answer<unknown>) {
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { data, errors, status, headers: kept };
}

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test.each(['Correct horse battery', 'correct horse batter', ' correct horse battery', '', 'nul\0', '\ud800'])(
    '%j is refused and starts nothing',
    async (password) => {
      const { client, email } = await latchkey.newAccount({ password: 'correct horse battery' });
      const answer = await latchkey.client().send(LoginDocument, { input: { email, password, delivery: 'COOKIE' } });
      expectCode(answer, 'INVALID_CREDENTIALS');
      expect(cookieOf(answer)).toBeNull();
      expect((await client.ask(ActiveSessionsDocument)).activeSessions).toHaveLength(1);
    },
  );

  test('looks the same as an unknown account, by email and by username', async () => {
    const { email } = await latchkey.newAccount({ username: `known-${engine}` });
    const password = 'not the right one';
    const attempt = async (name: { email: string } | { username: string }) =>
      visible(await latchkey.client().send(LoginDocument, { input: { ...name, password } }));
    const known = await attempt({ email });
    const others = [
      { email: 'unknown@example.com' },
      { email: 'no address' },
      { email: '' },
      { username: `known-${engine}` },
      { username: 'unknown' },
      { username: 'admin' },
      { username: 'a b' },
    ];
    for (const name of others) expect(await attempt(name)).toEqual(known);
  });
});
