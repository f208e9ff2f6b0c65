import { once } from 'node:events';
import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument, LoginHistoryDocument } from '../client/generated/graphql.js';
import { expectCode } from '../support/client.js';
import { type Account, type Latchkey, startLatchkey } from '../support/latchkey.js';

/** The address and user agent that a login with these headers is recorded with. */
async function recorded({ client }: Latchkey, { email, password }: Account, headers: Record<string, string>) {
  const { login } = await client({ headers }).ask(LoginDocument, { input: { email, password } });
  return login.session;
}

/** Node's own client sends several lines of one header, which fetch would join. */
async function get(latchkey: Latchkey, forwarded: string[]): Promise<void> {
  const asked = request(`${latchkey.url}/graphql?query={__typename}`, { headers: { 'x-forwarded-for': forwarded } });
  const [answer] = await once(asked.end(), 'response');
  answer.resume();
  await once(answer, 'end');
}

describe('behind trusted proxies', () => {
  let latchkey: Latchkey;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey('sqlite', { TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48' });
    account = await latchkey.newAccount();
  });

  // All forms: the-client-s-address-is-read-from-x-forwarded-for.test.ts.
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7:51234, 10.1.2.3', '203.0.113.7'],
    ['[2001:db8::7]:443, [2001:db8:ffff::1]:8080', '2001:db8::7'],
    ['198.51.100.1, unknown', '127.0.0.1'],
    ['<script>alert(1)</script>', '127.0.0.1'],
    ['a'.repeat(5_000), '127.0.0.1'],
  ])('X-Forwarded-For: %s is recorded as %s', async (forwarded, address) => {
    const { ipAddress } = await recorded(latchkey, account, { 'x-forwarded-for': forwarded });
    expect(ipAddress).toBe(address);
  });

  test('several header lines count as one list, in their order', async () => {
    await get(latchkey, ['198.51.100.1, 203.0.113.8:51234', '10.1.2.3:80']);
    await expect.poll(() => latchkey.logs.join('')).toContain('"ip":"203.0.113.8"');
  });

  test('the log line of a request has the same address', async () => {
    await recorded(latchkey, account, { 'x-forwarded-for': '203.0.113.9:51234' });
    await expect.poll(() => latchkey.logs.join('')).toContain('"ip":"203.0.113.9"');
  });

  test('failed logins are recorded with it', async () => {
    const input = { email: account.email, password: 'not this one' };
    const headers = { 'x-forwarded-for': '203.0.113.99', 'user-agent': 'a thief/1.0' };
    expectCode(await latchkey.client({ headers }).send(LoginDocument, { input }), 'INVALID_CREDENTIALS');
    const { loginHistory } = await account.client.ask(LoginHistoryDocument, { first: 1 });
    expect(loginHistory.nodes).toEqual([
      expect.objectContaining({ succeeded: false, ipAddress: '203.0.113.99', userAgent: 'a thief/1.0' }),
    ]);
  });

  test('Forwarded, X-Real-IP and CF-Connecting-IP are ignored', async () => {
    const headers = { forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7', 'cf-connecting-ip': '203.0.113.7' };
    expect((await recorded(latchkey, account, headers)).ipAddress).toBe('127.0.0.1');
  });
});

test('without TRUST_PROXY, X-Forwarded-For is ignored', async () => {
  const latchkey = await startLatchkey('sqlite');
  const account = await latchkey.newAccount();
  const { ipAddress } = await recorded(latchkey, account, { 'x-forwarded-for': '203.0.113.7' });
  expect(ipAddress).toBe('127.0.0.1');
});

test('X-Forwarded-For of a peer that is not a trusted proxy is ignored', async () => {
  const latchkey = await startLatchkey('sqlite', { TRUST_PROXY: '192.0.2.1' });
  const account = await latchkey.newAccount();
  const { ipAddress } = await recorded(latchkey, account, { 'x-forwarded-for': '203.0.113.7' });
  expect(ipAddress).toBe('127.0.0.1');
});

describe('the user agent', () => {
  let latchkey: Latchkey;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey('sqlite');
    account = await latchkey.newAccount();
  });
  const agentOf = async (headers: Record<string, string>) => (await recorded(latchkey, account, headers)).userAgent;

  test('is recorded as sent, and described as a device', async () => {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const session = await recorded(latchkey, account, { 'user-agent': firefox });
    expect(session).toMatchObject({ userAgent: firefox, device: 'Firefox on Linux' });
  });

  test('is cut to 512 characters', async () => {
    expect(await agentOf({ 'user-agent': 'x'.repeat(5_000) })).toBe('x'.repeat(512));
  });

  test('may hold markup or any bytes', async () => {
    for (const agent of ['<img src=x onerror=alert(1)>', '\'; DROP TABLE "Session"; --', 'caf\u00e9 \u00ff']) {
      expect(await agentOf({ 'user-agent': agent })).toBe(agent);
    }
    const { activeSessions } = await account.client.ask(ActiveSessionsDocument);
    expect(activeSessions.length).toBeGreaterThan(4);
  });

  test('that is empty is recorded as null', async () => expect(await agentOf({ 'user-agent': '' })).toBeNull());
});
