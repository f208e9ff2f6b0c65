import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { cleanEnvironment, root } from '../support/built.js';
import { afterwards } from '../support/cleanup.js';
import { freshDir } from '../support/databases.js';
import { freePort } from '../support/free-port.mjs';

vi.setConfig({ testTimeout: 60_000 });

const hasDevFull = existsSync('/dev/full');

/** The service with standard output and error of the test's choice, which cannot tell where it listens. */
async function startNode(stdio: StdioOptions, settings: Record<string, string> = {}) {
  const port = await freePort();
  const env = cleanEnvironment({ PORT: String(port), BCRYPT_COST: '4', ...settings });
  const child = spawn(process.execPath, [path.join(root, 'dist/main.js')], { cwd: await freshDir(), env, stdio });
  const exited = once(child, 'exit');
  afterwards(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => statusOf(`${url}/health/ready`)).toBe(200);
  return { child, url, exited };
}

async function statusOf(url: string): Promise<number | undefined> {
  const response = await fetch(url).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status;
}

/** Each of these makes a log line of 7 kB. */
async function requestMany(url: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await statusOf(`${url}/${i}/${'x'.repeat(7_000)}`)).toBe(404);
}

function openFull(): number {
  const fd = openSync('/dev/full', 'w');
  afterwards(() => closeSync(fd));
  return fd;
}

async function expectExit({ child, exited }: { child: ChildProcess; exited: Promise<unknown[]> }): Promise<void> {
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}

test.runIf(hasDevFull)('a full disk under standard output fails no request, and SIGTERM exits with 0', async () => {
  const node = await startNode(['ignore', openFull(), 'pipe']);
  const stderr = text(node.child.stderr as NodeJS.ReadableStream);
  await requestMany(node.url, 200);
  await expectExit(node);
  expect(await stderr).toBe('');
});

test.runIf(hasDevFull)('a full disk under standard error stops nothing', async () => {
  // Node prints each warning to standard error. The first comes once the process listens to errors of it.
  const warn =
    "setInterval(()=>process.stderr.listenerCount('error')&&process.emitWarning('w'+Math.random()),20).unref()";
  const node = await startNode(['ignore', 'ignore', openFull()], {
    NODE_OPTIONS: `--import=data:text/javascript,${warn}`,
  });
  await requestMany(node.url, 50);
  await expectExit(node);
});

test.runIf(hasDevFull)('a start that fails exits with 1 where standard error cannot be written', async () => {
  const env = cleanEnvironment({ PORT: 'none' });
  const child = spawn(process.execPath, [path.join(root, 'dist/main.js')], {
    cwd: await freshDir(),
    env,
    stdio: ['ignore', 'ignore', openFull()],
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
});

test('a pipe that is closed at its other end fails no request, and SIGTERM exits with 0', async () => {
  const node = await startNode('pipe');
  const stderr = text(node.child.stderr as NodeJS.ReadableStream);
  node.child.stdout?.destroy();
  await requestMany(node.url, 200);
  await expectExit(node);
  expect(await stderr).toBe('');
});

test('a pipe that is never read fails no request, and SIGTERM exits with 0', async () => {
  const node = await startNode('pipe');
  await requestMany(node.url, 200);
  await expectExit(node);
});

test('log lines are whole, and those dropped are counted once the pipe is read again', async () => {
  const node = await startNode('pipe');
  const requests = 400;
  await requestMany(node.url, requests);
  const { stdout } = node.child;
  let output = '';
  stdout?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  await expect.poll(() => output).toMatch(/"msg":"log lines were dropped.*\n/);
  await requestMany(node.url, 1);
  await expectExit(node);
  if (!stdout?.readableEnded) await once(stdout as NodeJS.ReadableStream, 'end');

  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const written = lines.filter(({ path }) => String(path).length > 7_000).length;
  const dropped = lines.reduce((sum, { lines = 0 }) => sum + Number(lines), 0);
  expect(dropped).toBeGreaterThan(0);
  expect(written + dropped).toBe(requests + 1);
});
