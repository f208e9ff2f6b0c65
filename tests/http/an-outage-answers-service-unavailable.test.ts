import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  RequestPasswordResetDocument,
  SignupDocument,
  VerifyEmailDocument,
} from '../client/generated/graphql.js';
import { type Answer, type Client, cookieOf, expectCode } from '../support/client.js';
import { freshDatabaseUrl } from '../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../support/latchkey.js';
import { breakable, type Outage } from '../support/outage.js';

let line: Outage;
let latchkey: Latchkey;
beforeAll(async () => {
  line = await breakable(await freshDatabaseUrl('postgresql'));
  latchkey = await startLatchkey({ databaseUrl: line.url });
});

const ask = (path: string, init?: RequestInit) => fetch(`${latchkey.url}${path}`, init);

async function untilReady(): Promise<void> {
  const check = async () => expect((await ask('/health/ready')).status).toBe(200);
  await vi.waitFor(check, { timeout: 15_000 });
}

/** The refresh cookie that a browser has after its login, and the browser with it. */
async function browserOf({ email, password }: Account): Promise<Client> {
  const input = { email, password, delivery: 'COOKIE' as const };
  const answer = await latchkey.client().send(LoginDocument, { input });
  return latchkey.client({ cookie: cookieOf(answer)?.value ?? '' });
}

describe.each(['cut', 'hang'] as const)('while the database is out of reach (%s)', (how) => {
  let account: Account;
  let browser: Client;
  let health: { ready: number; live: number };
  let keys: Response;
  let answers: Record<string, Answer<unknown>>;

  /** Everything at once, since each answer may take seconds. */
  async function askEverything({ client, email, password, auth }: Account): Promise<Record<string, Answer<unknown>>> {
    const { send } = latchkey.client();
    const { refreshToken } = auth;
    const asked: Record<string, Promise<Answer<unknown>>> = {
      me: client.send(MeDocument),
      activeSessions: client.send(ActiveSessionsDocument),
      refresh: send(RefreshDocument, { refreshToken }),
      'refresh by cookie': browser.send(RefreshDocument),
      logout: client.send(LogoutDocument),
      'logout by token': send(LogoutDocument, { token: refreshToken }),
      'logout by cookie': browser.send(LogoutDocument),
      login: send(LoginDocument, { input: { email, password } }),
      'login of an unknown account': send(LoginDocument, { input: { email: 'nobody@example.com', password } }),
      signup: send(SignupDocument, { input: { email: 'someone@example.com', password } }),
      requestPasswordReset: send(RequestPasswordResetDocument, { email }),
      verifyEmail: send(VerifyEmailDocument, { token: 'x'.repeat(43) }),
      changePassword: client.send(ChangePasswordDocument, {
        input: { currentPassword: password, newPassword: 'another horse battery' },
      }),
    };
    const entries = Object.entries(asked).map(async ([name, answer]) => [name, await answer] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** A load balancer with a timeout of two seconds is answered in time. Repeated where this process itself was late. */
  async function readyInTime(attempts = 3): Promise<number> {
    const asked = ask('/health/ready', { signal: AbortSignal.timeout(2_000) });
    const { status } = await asked.catch((error) => (attempts > 1 ? { status: 0 } : Promise.reject(error)));
    return status || readyInTime(attempts - 1);
  }

  beforeAll(async () => {
    account = await latchkey.newAccount();
    browser = await browserOf(account);
    line[how]();
    const ready = await readyInTime();
    await sleep(1_100); // what a node knows of the keys may serve for a second
    health = { ready, live: (await ask('/health/live')).status };
    [answers, keys] = await Promise.all([askEverything(account), ask('/.well-known/jwks.json')]);
    line.restore();
    await untilReady();
  });
  afterAll(() => line.restore());

  test('the node is live, and not ready', () => expect(health).toEqual({ ready: 503, live: 200 }));

  test('every call answers SERVICE_UNAVAILABLE, with the seconds to wait', () => {
    for (const answer of Object.values(answers)) {
      const { retryAfterSeconds } = expectCode(answer, 'SERVICE_UNAVAILABLE');
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(answer.headers.get('retry-after')).toBe(String(retryAfterSeconds));
      expect(answer.status).toBe(200);
    }
  });

  test('no cookie is cleared', () => {
    for (const answer of Object.values(answers)) expect(cookieOf(answer)).toBeNull();
  });

  test('the public keys answer 503, which no cache may keep', async () => {
    expect([keys.status, keys.headers.get('cache-control'), keys.headers.get('retry-after')]).toEqual([
      503,
      null,
      expect.stringMatching(/^\d+$/),
    ]);
    expect(await keys.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  });

  test('no internal error is logged', () => {
    expect(latchkey.logs.filter((entry) => entry.includes('internal error'))).toEqual([]);
  });

  test('afterwards every session goes on', async () => {
    const { client, auth } = account;
    expect((await client.ask(MeDocument)).me.id).toBe(auth.user.id);
    const { refresh } = await client.ask(RefreshDocument, { refreshToken: auth.refreshToken });
    expect(refresh.session.id).toBe(auth.session.id);
    expect(cookieOf(await browser.send(RefreshDocument))?.value).toMatch(/^eyJ/);
  });
});

test('the public keys may be cached for five minutes, and hold no private part', async () => {
  await untilReady();
  const answer = await ask('/.well-known/jwks.json');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  expect(answer.headers.get('content-type')).toMatch(/^application\/(jwk-set\+)?json/);
  const { keys } = (await answer.json()) as { keys: object[] };
  for (const key of keys) expect(key).not.toHaveProperty('d');
  expect(keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })]);
});
