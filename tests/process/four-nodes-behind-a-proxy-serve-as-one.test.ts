import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import {
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  SignupDocument,
} from '../client/generated/graphql.js';
import { afterwards } from '../support/cleanup.js';
import { type Client, createClient, expectCode } from '../support/client.js';
import { migratedDatabaseUrl } from '../support/databases.js';
import { testSettings } from '../support/latchkey.js';
import { breakable } from '../support/outage.js';
import { type LatchkeyProcess, startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 180_000 });

/** Gives each connection to the next of its nodes in turn, as a load balancer of layer 4 does. */
async function startProxy(nodes: string[]) {
  let turn = 0;
  const server = createServer((near) => {
    const { port, hostname } = new URL(nodes[turn++ % nodes.length] ?? '');
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeOut: (url: string) => void nodes.splice(nodes.indexOf(url), 1),
    putIn: (url: string) => void nodes.push(url),
  };
}

const password = 'correct horse battery';

/** One user after the other signs in, looks, refreshes and leaves, until `over`. No request may fail. */
async function use(client: Client, email: string, over: () => boolean): Promise<number> {
  let sessions = 0;
  for (; !over(); sessions++) {
    const { login } = await client.ask(LoginDocument, { input: { email, password } });
    const { refresh } = await client.ask(RefreshDocument, { refreshToken: login.refreshToken ?? '' });
    const signedIn = client.with({ token: refresh.accessToken });
    for (let i = 0; i < 4; i++) expect((await signedIn.ask(MeDocument)).me.email).toBe(email);
    await signedIn.ask(LogoutDocument);
    expectCode(await signedIn.send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    await sleep(100); // those who start need a processor too
  }
  return sessions;
}

test('a rolling restart fails no request, a frozen node accepts no ended session, and a lost database is an outage that passes', async () => {
  const line = await breakable(await migratedDatabaseUrl('postgresql'));
  const settings = { ...testSettings, DATABASE_URL: line.url };
  const start = () => startProcess(settings);
  const nodes = await Promise.all([start(), start(), start(), start()]);
  const urls = await Promise.all(nodes.map(({ listening }) => listening));
  const proxy = await startProxy([...urls]);
  // A connection for each request: undici would keep one, and all of it would be one node's.
  const client = createClient(proxy.url, { headers: { connection: 'close' } });
  const emails = Array.from({ length: 4 }, (_, i) => `user-${i}@example.com`);
  for (const email of emails) await client.ask(SignupDocument, { input: { email, password } });

  // Each node in turn: out of the rotation, stopped, replaced, in again.
  let over = false;
  const users = Promise.all(emails.map((email) => use(client, email, () => over)));
  for (const [i, node] of nodes.entries()) {
    proxy.takeOut(urls[i] ?? '');
    await sleep(200); // what the proxy has just begun to connect arrives
    node.kill('SIGTERM');
    const next = await start();
    expect(await node.exited).toMatchObject({ code: 0, signal: null, stderr: '' });
    proxy.putIn(await next.listening);
    nodes[i] = next;
  }
  over = true;
  for (const sessions of await users) expect(sessions).toBeGreaterThan(1);

  // Frozen longer than anything is remembered, asked while it is frozen, and woken up.
  const [first, frozen] = (await Promise.all(nodes.slice(0, 2).map((node) => node.client()))) as [Client, Client];
  const input = { email: emails[0] ?? '', password };
  const { login } = await first.ask(LoginDocument, { input });
  const token = login.accessToken;
  await frozen.with({ token }).ask(MeDocument);
  (nodes[1] as LatchkeyProcess).kill('SIGSTOP');
  await first.with({ token }).ask(LogoutDocument);
  const asked = Array.from({ length: 8 }, () => frozen.with({ token }).send(MeDocument));
  await sleep(2_500);
  (nodes[1] as LatchkeyProcess).kill('SIGCONT');
  for (const answer of await Promise.all(asked)) expectCode(answer, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });

  // The database goes away and comes back.
  const { login: again } = await first.ask(LoginDocument, { input });
  const everywhere = () =>
    Promise.all(nodes.map(async (node) => (await node.client({ token: again.accessToken })).send(MeDocument)));
  line.cut();
  for (const answer of await everywhere()) expectCode(answer, 'SERVICE_UNAVAILABLE');
  line.restore();
  await sleep(100);
  for (const { errors } of await everywhere()) expect(errors).toEqual([]);
});
