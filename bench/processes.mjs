// Child processes of the bench: servers on one core, the load and PostgreSQL on the others, where the system can do that.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../tests/support/free-port.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;
const everyCore = `0-${availableParallelism() - 1}`;
const otherCores = availableParallelism() > 2 ? `1-${availableParallelism() - 1}` : '1';
const cores = { server: '0', others: otherCores, all: everyCore };

export const placement = canPin ? 'the server on one core, load and PostgreSQL on the others' : 'cores shared by all';

/** What a run has started and made, put away in reverse order. */
const putAway = [];
process.setMaxListeners(100); // one for each process that was started

function atEnd(work) {
  putAway.push(work);
}

export async function cleanUp() {
  for (const work of putAway.splice(0).reverse()) await work();
}

export function freshDir() {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  atEnd(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The loading of this process belongs with the others, too. */
export function pinThisProcess() {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', cores.others, String(process.pid)]);
}

function start(args, { env = {}, on = 'server', cwd = root } = {}) {
  const node = [process.execPath, ...args];
  const [command, ...rest] = canPin ? ['taskset', '-c', cores[on], ...node] : node;
  const own = { PATH: process.env.PATH, HOME: process.env.HOME };
  const child = spawn(command, rest, { cwd, env: { ...own, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  async function stop() {
    child.stdin.end();
    child.kill('SIGTERM');
    await ended;
  }
  atEnd(stop);
  // However this process ends. Not SIGKILL, after which the keeper of PostgreSQL would leave PostgreSQL behind.
  process.once('exit', () => child.kill('SIGTERM'));
  return { child, pid: child.pid, stop, ...readAnswers(child, ended) };
}

/** What a process prints: its next line, and what inside.mjs answers to a signal. */
function readAnswers(child, ended) {
  const lines = createInterface(child.stdout);
  const next = async (isRight = () => true) => {
    for (;;) {
      const line = await Promise.race([once(lines, 'line'), ended]);
      if (!Array.isArray(line)) throw new Error('A process of the bench ended too early.');
      if (isRight(line[0])) return line[0];
    }
  };
  async function inside() {
    const line = next((text) => text.startsWith('{"inside":'));
    child.kill('SIGUSR2');
    return JSON.parse(await line).inside;
  }
  return { nextLine: () => next(), inside };
}

const measured = ['--import', new URL('inside.mjs', import.meta.url).href];

/** Starts node with these arguments; resolves with the JSON that it prints first. */
export async function startNode(args, options) {
  const server = start(args, options);
  return { ...server, ...JSON.parse(await server.nextLine()) };
}

/** The same, for a server that is asked for its CPU time. */
export function startBaseline(args) {
  return startNode([...measured, ...args]);
}

/** The PostgreSQL of the tests: a real one, in memory's haste (no fsync), for us and for the baselines alike. */
export function startPostgresql() {
  return startNode(['tests/support/postgres-keeper.mjs'], { on: 'others' });
}

export const authSecret = 'a secret for the bench alone, which protects nothing';
export const tokenIssuer = 'https://id.example.com';

/** Latchkey as it is built, on this database, its log off as the baselines have theirs. */
export async function startLatchkey(databaseUrl, { env = {}, ...options } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: authSecret,
    TOKEN_ISSUER: tokenIssuer,
    BCRYPT_COST: '4',
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'warn',
    ...env,
  };
  const server = start([...measured, join(root, 'dist/main.js')], { ...options, cwd: freshDir(), env: settings });
  await whenReady(url, server);
  return { ...server, url };
}

async function whenReady(url, { child }) {
  for (;;) {
    if (child.exitCode !== null) throw new Error('Latchkey ended before it was ready.');
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    if (response?.ok) return;
    await sleep(20);
  }
}
