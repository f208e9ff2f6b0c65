import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument, LoginHistoryDocument } from '../client/generated/graphql.js';
import { expectCode } from '../support/client.js';
import { type Account, type Latchkey, startLatchkey } from '../support/latchkey.js';

/** The address and user agent that a login with these headers is recorded with. */
async function recorded({ client }: Latchkey, { email, password }: Account, headers: Record<string, string>) {
  const { login } = await client({ headers }).ask(LoginDocument, { input: { email, password } });
  return login.session;
}

describe('behind proxies that are named', () => {
  let latchkey: Latchkey;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey('sqlite', { TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48' });
    account = await latchkey.newAccount();
  });

  test.each([
    ['the only one', '203.0.113.7', '203.0.113.7'],
    ['the one before the proxies', '203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['the one before several', '203.0.113.7, 10.1.2.3, 10.255.0.1', '203.0.113.7'],
    ['not the first: that one a client can write', '198.51.100.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['not a proxy behind it', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['not one that lies beside the range', '198.51.100.1, 11.0.0.1', '11.0.0.1'],
    ['IPv6', '2001:db8::7', '2001:db8::7'],
    ['IPv6 behind a proxy that speaks it', '2001:db8::7, 2001:db8:ffff::1', '2001:db8::7'],
    ['IPv4 written as IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['a proxy written as IPv6', '203.0.113.7, ::ffff:10.1.2.3', '203.0.113.7'],
    ['one without blanks', '198.51.100.1,203.0.113.7,10.1.2.3', '203.0.113.7'],
    ['the farthest, where all are proxies', '10.1.2.3, 10.4.5.6', '10.1.2.3'],
  ])('%s', async (_name, forwarded, address) => {
    const { ipAddress } = await recorded(latchkey, account, { 'x-forwarded-for': forwarded });
    expect(ipAddress).toBe(address);
  });

  test.each([
    'unknown',
    'hunter2',
    '203.0.113.7.evil.example',
    '<script>alert(1)</script>',
    '\'; DROP TABLE "User"; --',
    '203.0.113.7:1234, nonsense',
    '999.1.1.1',
    ',',
    '',
    '203.0.113.7, ',
    '::ffff:hunter2',
    'a'.repeat(5_000),
    '1',
    '0x7f000001',
  ])('garbage is recorded as an address or as none, and breaks nothing: %s', async (forwarded) => {
    const { ipAddress } = await recorded(latchkey, account, { 'x-forwarded-for': forwarded });
    expect(ipAddress).toMatch(/^(127\.0\.0\.1|203\.0\.113\.7)$/);
  });

  test('failed logins are recorded with it too', async () => {
    const input = { email: account.email, password: 'not this one' };
    const headers = { 'x-forwarded-for': '203.0.113.99', 'user-agent': 'a thief/1.0' };
    expectCode(await latchkey.client({ headers }).send(LoginDocument, { input }), 'INVALID_CREDENTIALS');
    const { loginHistory } = await account.client.ask(LoginHistoryDocument, { first: 1 });
    expect(loginHistory.nodes).toEqual([
      expect.objectContaining({ succeeded: false, ipAddress: '203.0.113.99', userAgent: 'a thief/1.0' }),
    ]);
  });

  test('other headers are no evidence', async () => {
    const headers = { forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7', 'cf-connecting-ip': '203.0.113.7' };
    expect((await recorded(latchkey, account, headers)).ipAddress).toBe('127.0.0.1');
  });
});

test('without TRUST_PROXY X-Forwarded-For counts for nothing', async () => {
  const latchkey = await startLatchkey('sqlite');
  const account = await latchkey.newAccount();
  const { ipAddress } = await recorded(latchkey, account, { 'x-forwarded-for': '203.0.113.7' });
  expect(ipAddress).toBe('127.0.0.1');
});

test('nor does it from a peer that is no proxy', async () => {
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

  test('is kept as it came, and told in words', async () => {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const session = await recorded(latchkey, account, { 'user-agent': firefox });
    expect(session).toMatchObject({ userAgent: firefox, device: 'Firefox on Linux' });
  });

  test('is cut where it is longer than anybody’s', async () => {
    const cut = await agentOf({ 'user-agent': 'x'.repeat(5_000) });
    expect(cut).toMatch(/^x+$/);
    expect(cut?.length).toBeLessThanOrEqual(1_024);
  });

  test('of markup or of any bytes is only text', async () => {
    for (const agent of ['<img src=x onerror=alert(1)>', '\'; DROP TABLE "Session"; --', 'caf\u00e9 \u00ff']) {
      expect(await agentOf({ 'user-agent': agent })).toBe(agent);
    }
    const { activeSessions } = await account.client.ask(ActiveSessionsDocument);
    expect(activeSessions.length).toBeGreaterThan(4);
  });

  test('that is empty is none', async () => expect(await agentOf({ 'user-agent': '' })).toBeNull());
});
