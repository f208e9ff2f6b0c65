import dns from 'node:dns';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { afterwards } from '../support/cleanup.js';
import { freePort } from '../support/free-port.mjs';
import { startLatchkey } from '../support/latchkey.js';
import { type LatchkeyProcess, startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000 });

const addresses = ['127.0.0.1', '::1'];
let hasIpv6 = false;

beforeAll(async () => {
  const probe = createServer();
  hasIpv6 = await canListen(probe, '::1', 0);
  probe.close();
});

function canListen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<boolean> {
  server.listen({ host, port });
  return once(server, 'listening').then(
    () => true,
    () => false,
  );
}

const withFamily = (address: string) => ({ address, family: address.includes(':') ? 6 : 4 });

/** Like `startOnLocalhost`, in this process: for what needs no signal. */
async function listenOnLocalhost(found = addresses): Promise<URL> {
  const real = dns.lookup;
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...rest: [never, never]) => {
    if (host !== 'localhost') return real(host, ...rest);
    (rest[1] as (error: null, all: object[]) => void)(null, found.map(withFamily));
  }) as typeof dns.lookup);
  const { url } = await startLatchkey('sqlite', { HOST: 'localhost' }).finally(() => lookup.mockRestore());
  return new URL(url);
}

/** Starts a node for which `localhost` has these addresses, whatever this machine's own files say. */
function startOnLocalhost(found = addresses, settings: Record<string, string> = {}): Promise<LatchkeyProcess> {
  const list = JSON.stringify(found.map(withFamily));
  const lookup = `(host, options, done = options) => {
    if (host !== 'localhost') return real(host, options, done);
    options.all ? done(null, ${list}) : done(null, ${list}[0].address, ${list}[0].family);
  }`;
  const patch = encodeURIComponent(`import dns from 'node:dns'; const real = dns.lookup; dns.lookup = ${lookup}`);
  return startProcess({ HOST: 'localhost', NODE_OPTIONS: `--import=data:text/javascript,${patch}`, ...settings });
}

async function portOf(node: LatchkeyProcess): Promise<number> {
  return Number(new URL(await node.listening).port);
}

async function ask(host: string, port: number, agent: Agent) {
  const [response] = await once(get({ host, port, agent, path: '/health/live' }), 'response');
  await text(response);
  return { status: response.statusCode, connection: response.headers.connection };
}

async function sendRaw(host: string, port: number, request: string): Promise<string> {
  const socket = connect(port, host);
  socket.write(request);
  return text(socket);
}

test('HOST=localhost: a request on any of its addresses is answered after SIGTERM', async ({ skip }) => {
  if (!hasIpv6) skip('this machine has no ::1');
  const node = await startOnLocalhost();
  const port = await portOf(node);
  const sockets = addresses.map((host) => connect(port, host));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const idle = addresses.map(() => new Agent({ keepAlive: true }));
  for (const [i, host] of addresses.entries()) {
    expect(await ask(host, port, idle[i] as Agent)).toEqual({ status: 200, connection: 'keep-alive' });
  }

  node.kill('SIGTERM');
  await expect.poll(() => node.output().stdout, { interval: 10 }).toContain('"msg":"stopping"');
  for (const socket of sockets) socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
  for (const answer of await Promise.all(sockets.map(text))) {
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/^connection: close\r$/im);
  }
  expect(await node.exited).toMatchObject({ code: 0, signal: null, stderr: '' });
  for (const agent of idle) agent.destroy();
});

test.each(addresses)('HOST=localhost: a request that SIGTERM finds half sent to %s is answered', async (host) => {
  if (!hasIpv6) return;
  const node = await startOnLocalhost();
  const port = await portOf(node);
  const socket = connect(port, host);
  socket.write('GET /health/live HTTP/1.1\r\n');
  await once(socket, 'connect');
  node.kill('SIGTERM');
  await untilRefused(host, port);
  await sleep(1_000); // long after everything else is closed
  socket.write('Host: x\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(await node.exited).toMatchObject({ code: 0, signal: null });
});

async function untilRefused(host: string, port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, host);
    const isRefused = await once(socket, 'connect').then(
      () => false,
      () => true,
    );
    socket.destroy();
    if (isRefused) return;
  }
}

test('HOST=localhost: the same limits hold on each of its addresses', async ({ skip }) => {
  if (!hasIpv6) skip('this machine has no ::1');
  const port = Number((await listenOnLocalhost()).port);
  for (const host of addresses) {
    const header = `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`;
    expect(await sendRaw(host, port, header)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await sendRaw(host, port, 'no HTTP\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"BAD_REQUEST"/s);
  }
});

test('an address that this machine does not have is left out while another can be used', async () => {
  const url = await listenOnLocalhost(['203.0.113.9', '127.0.0.1']);
  expect(url.hostname).toBe('127.0.0.1');
  expect((await fetch(new URL('/health/live', url))).status).toBe(200);
});

test('a port that is in use on one address of HOST stops the start', async ({ skip }) => {
  if (!hasIpv6) skip('this machine has no ::1');
  const port = await freePort();
  const other = createServer();
  afterwards(() => other.close());
  expect(await canListen(other, '::1', port)).toBe(true);
  const node = await startOnLocalhost(addresses, { PORT: String(port) });
  const { code, stderr } = await node.exited;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Latchkey cannot start: PORT: got "${port}", which is in use on localhost; takes a free port, or 0\n`,
  });
});

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', 'localhost'],
])('HOST=%s is one log line at the start, with an address that a browser can open', async (host, shown) => {
  if (host === '::' && !hasIpv6) return;
  const { url, logs } = await startLatchkey('sqlite', { HOST: host });
  expect(new URL(url).hostname).toBe(shown);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect(logs.filter((line) => line.includes('"msg":"starting"'))).toHaveLength(1);
});
