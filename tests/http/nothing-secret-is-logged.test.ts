import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  RequestEmailVerificationDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  SignupDocument,
  VerifyEmailDocument,
} from '../client/generated/graphql.js';
import { cookieOf } from '../support/client.js';
import { engines, freshDatabaseUrl } from '../support/databases.js';
import { testSettings } from '../support/latchkey.js';
import { type LatchkeyProcess, startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
/** A life of an account: all that is secret in it, right and wrong. */
async function live(node: LatchkeyProcess): Promise<string[]> {
  const url = await node.listening;
  const client = await node.client();
  const email = `${randomUUID()}@example.com`;
  const passwords = ['first', 'second', 'third'].map((name) => `the ${name} of hunter2`);
  const [first = '', second = '', third = ''] = passwords;
  const wrong = 'the wrong one of hunter2';

  const { signup } = await client.ask(SignupDocument, { input: { email, password: first, confirmPassword: first } });
  await client.send(SignupDocument, { input: { email, password: first } });
  await client.send(SignupDocument, { input: { email: 'nonsense', password: 'hunter2', confirmPassword: wrong } });
  await client.send(LoginDocument, { input: { email, password: wrong } });
  const cookieLogin = await client.send(LoginDocument, { input: { email, password: first, delivery: 'COOKIE' } });
  const cookie = cookieOf(cookieLogin)?.value ?? '';
  const rotated = cookieOf(await client.with({ cookie }).send(RefreshDocument))?.value ?? '';
  await client.with({ cookie: 'hunter2-cookie' }).send(RefreshDocument);
  await client.with({ token: 'hunter2-token' }).send(MeDocument);
  const caller = client.with({ token: signup.accessToken });
  await caller.ask(ActiveSessionsDocument);
  const { refresh } = await client.ask(RefreshDocument, { refreshToken: signup.refreshToken });
  await client.send(LogoutDocument, { token: `${refresh.refreshToken}x` });

  await caller.ask(RequestEmailVerificationDocument);
  const nextToken = async () => (await node.nextMail(email)).token ?? '';
  const [verification, otherOne] = [await nextToken(), await nextToken()];
  await client.ask(VerifyEmailDocument, { token: verification });
  await client.send(VerifyEmailDocument, { token: verification });
  await client.ask(RequestPasswordResetDocument, { email });
  const reset = await nextToken();
  for (const newPassword of ['hunter2', second, third]) {
    await client.send(ResetPasswordDocument, { input: { token: reset, newPassword } });
  }

  const { login } = await client.ask(LoginDocument, { input: { email, password: second } });
  const again = client.with({ token: login.accessToken });
  await again.send(ChangePasswordDocument, { input: { currentPassword: wrong, newPassword: third } });
  const { changePassword } = await again.ask(ChangePasswordDocument, {
    input: { currentPassword: second, newPassword: third },
  });
  const last = changePassword.auth;
  await client.with({ token: last.accessToken }).ask(DeactivateAccountDocument, { password: third });
  await client.send(LoginDocument, { input: { email, password: third } });

  const query = new URLSearchParams({ query: `mutation { login(input: {password: "${wrong}"}) { accessToken } }` });
  await fetch(`${url}/graphql?${query}`, {
    headers: { 'user-agent': 'Mozilla', cookie: '__Host-latchkey=hunter2-cookie' },
  });
  await fetch(`${url}/hunter2%zz?token=hunter2`);
  await fetch(`${url}/reset-password?token=hunter2`, { headers: { referer: `${url}/?token=hunter2` } });

  const issued = [signup, refresh, login, last].flatMap((auth) => [auth.accessToken, auth.refreshToken ?? '']);
  return [...passwords, wrong, 'hunter2', verification, otherOne, reset, cookie, rotated, ...issued];
}

describe.each(engines)('%s', (engine) => {
  let output: string;
  let secrets: string[];
  let node: LatchkeyProcess;
  beforeAll(async () => {
    const settings = { ...testSettings, DATABASE_URL: await freshDatabaseUrl(engine), LOG_LEVEL: 'trace' };
    node = await startProcess(settings);
    secrets = await live(node);
    node.kill();
    const { stdout, stderr } = await node.exited;
    output = stdout + stderr;
  });

  test('at the level trace it logs requests and statements', () => {
    expect(output).toContain('"msg":"request"');
    expect(output).toMatch(/"sql":"[^"]*(INSERT|SELECT)/);
  });

  test('no password, token, cookie or query string is in it', () => {
    expect(secrets.filter((secret) => secret === '')).toEqual([]);
    expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  });

  test('nothing that looks like a secret is in it: JWT, bcrypt hash, encrypted key, mailed link, own secret', () => {
    expect(output).not.toMatch(/eyJ[\w-]{10}|\$2[aby]\$|#token=|__Host-latchkey=/);
    expect(output).not.toContain(testSettings.AUTH_SECRET);
  });

  test('statements are logged without their values', () => {
    const statements = output.split('\n').filter((line) => line.includes('"sql"'));
    for (const line of statements)
      expect(Object.keys(JSON.parse(line)).sort()).toEqual(['level', 'ms', 'msg', 'sql', 'time']);
    expect(statements.join()).not.toMatch(/@example\.com/);
  });

  test('a mail is logged by the name of its file', async () => {
    expect(output).toMatch(/data\/mail\/[^"]+/);
    for (const { text } of await node.mails()) expect(output).not.toContain(text.split('\n')[0]);
  });
});
