import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { describe, expect, test, vi } from 'vitest';
import { SignupDocument } from '../client/generated/graphql.js';
import { cleanEnvironment, root } from '../support/built.js';
import { afterwards } from '../support/cleanup.js';
import { createClient } from '../support/client.js';
import { freshDatabaseUrl } from '../support/databases.js';
import { startProcess } from '../support/process.js';
import { startSmtpSink } from '../support/smtp-sink.js';

vi.setConfig({ testTimeout: 120_000 });

const cheap = { BCRYPT_COST: '4', RATE_LIMITS: 'off' };

/** A signup that is in flight until it is let: another process holds the lock of the database. */
async function signupInFlight(url: string, databaseUrl: string) {
  const database = new Sqlite(databaseUrl.replace('file:', ''));
  afterwards(() => database.close());
  database.exec('BEGIN IMMEDIATE');
  const input = { email: 'in-flight@example.com', password: 'correct horse battery' };
  const answer = createClient(url).send(SignupDocument, { input });
  await sleep(500); // it has arrived, and waits
  return { answer, letItFinish: () => void database.exec('COMMIT') };
}

test('with PORT=0 one line of the log says where it listens', async () => {
  const node = await startProcess();
  const url = await node.listening;
  const lines = node
    .output()
    .stdout.split('\n')
    .filter((line) => line.includes('"url"'));
  expect(lines).toHaveLength(1);
  const [line = '{}'] = lines;
  expect(JSON.parse(line)).toMatchObject({ level: 30, url, msg: expect.stringContaining(`listening at ${url}`) });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('finishes requests in flight, accepts no new connection, and exits with 0', async () => {
    const databaseUrl = await freshDatabaseUrl('sqlite');
    const node = await startProcess({ ...cheap, DATABASE_URL: databaseUrl });
    const url = await node.listening;
    const unused = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(unused, 'connect');

    const { answer, letItFinish } = await signupInFlight(url, databaseUrl);
    node.kill(signal);
    await expect.poll(() => node.output().stdout).toContain('"msg":"stopping"');
    expect(await readyUntilRefused(url)).not.toContain(200);

    letItFinish();
    const { data, errors } = await answer;
    expect(errors).toEqual([]);
    expect(await node.exited).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(node.output().stdout).toMatch(/"msg":"stopped"}\n$/);

    // Closed means that nothing is left in a log of its own: the file is the whole database.
    const database = new Sqlite(databaseUrl.replace('file:', ''), { readonly: true });
    afterwards(() => database.close());
    expect(database.prepare('SELECT id FROM User').all()).toEqual([{ id: data?.signup.user.id }]);
  });
});

/** The statuses of /health/ready until a connection is refused, each over a connection of its own. */
async function readyUntilRefused(url: string): Promise<number[]> {
  const statuses: number[] = [];
  for (;;) {
    const response = await fetch(`${url}/health/ready`, { headers: { connection: 'close' } }).catch(() => null);
    if (!response) return statuses;
    statuses.push(response.status);
  }
}

test('a client that sends request after request gets every answer, the last of a connection with Connection: close', async () => {
  const node = await startProcess();
  const url = await node.listening;
  const all = Array.from({ length: 6 }, () => askUntilRefused(url));
  await sleep(300);
  node.kill('SIGTERM');
  for (const ends of await Promise.all(all)) expect(new Set(ends)).toEqual(new Set(['announced', 'refused']));
  expect(await node.exited).toMatchObject({ code: 0, signal: null });
});

/**
 * How each connection of this client ended: announced by an answer, with its request lost, or refused at once. A request
 * that it sent late, since this process had other things to do, does not count as lost.
 */
async function askUntilRefused(url: string): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ends: string[] = [];
  let answeredAt = performance.now();
  while (ends.at(-1) !== 'refused' && ends.at(-1) !== 'lost') {
    const isLate = performance.now() - answeredAt > 50;
    const asked = get(`${url}/health/live`, { agent });
    const outcome = await once(asked, 'response').then(
      async ([response]) => (await text(response)) && response.headers.connection === 'close' && 'announced',
      () => (asked.reusedSocket ? !isLate && 'lost' : 'refused'),
    );
    answeredAt = performance.now();
    if (outcome) ends.push(outcome);
  }
  agent.destroy();
  return ends;
}

test('a first request that comes after the signal on an open connection is answered, and closes it', async () => {
  const node = await startProcess();
  const early = connect(Number(new URL(await node.listening).port), '127.0.0.1');
  await once(early, 'connect');
  node.kill('SIGTERM');
  await expect.poll(() => node.output().stdout, { interval: 10 }).toContain('"msg":"stopping"');
  early.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await text(early);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/^connection: close\r$/im);
  expect(await node.exited).toMatchObject({ code: 0, signal: null });
});

test('connections that wait for a busy event loop are accepted before the server closes', async () => {
  // It accepts one connection a turn, and from SIGUSR2 on each turn takes 40 ms.
  const spin = 'const/**/from=Date.now();while(Date.now()-from<40);';
  const busy = `process.on('SIGUSR2',()=>setInterval(()=>{${spin}},1).unref())`;
  const node = await startProcess({ NODE_OPTIONS: `--import=data:text/javascript,${busy}` });
  const port = Number(new URL(await node.listening).port);
  node.kill('SIGUSR2');
  await sleep(50);
  const sockets = Array.from({ length: 4 }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect'))); // to the system, that is
  for (const socket of sockets) socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
  node.kill('SIGTERM');
  for (const answer of await Promise.all(sockets.map(text))) expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(await node.exited).toMatchObject({ code: 0, signal: null });
});

test('a request or a mail that does not finish delays the exit by ten seconds at most', async () => {
  const silent = await startSmtpSink({ answer: (line) => (/^RCPT/.test(line) ? null : undefined) });
  afterwards(() => silent.close());
  const node = await startProcess({ ...cheap, SMTP_URL: silent.url });
  const url = await node.listening;
  await createClient(url).ask(SignupDocument, { input: { email: 'a@example.com', password: 'correct horse battery' } });
  await expect.poll(() => silent.asked()).toContain('RCPT TO:<a@example.com>');
  const half = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  half.write(
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"que',
  );
  await sleep(200);
  node.kill('SIGTERM');
  const stopped = expect.stringMatching(/"msg":"stopped"}\n$/);
  expect(await node.exited).toMatchObject({ code: 0, signal: null, stdout: stopped });
});

test('a second signal exits with 1 at once, whatever is in flight', async () => {
  const databaseUrl = await freshDatabaseUrl('sqlite');
  const node = await startProcess({ ...cheap, DATABASE_URL: databaseUrl });
  const { answer } = await signupInFlight(await node.listening, databaseUrl);
  answer.catch(() => {}); // its connection is closed
  node.kill('SIGINT');
  await expect.poll(() => node.output().stdout).toContain('"msg":"stopping"');
  node.kill('SIGINT');
  expect(await node.exited).toMatchObject({ code: 1, signal: null, stderr: '' });
  expect(node.output().stdout).toContain('"reason":"second signal"');
  expect(node.output().stdout).not.toContain('"msg":"stopped"');
});

test('a signal during the start exits with 0', async () => {
  const node = await startProcess({
    DATABASE_URL: 'postgres://127.0.0.1:1/x',
    AUTH_SECRET: 'a secret that all nodes of the tests share',
  });
  await expect.poll(() => node.output().stdout, { timeout: 15_000 }).toContain('out of reach');
  node.kill('SIGTERM');
  expect(await node.exited).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test('a signal before anything is loaded exits with 0', async () => {
  const kill = "process.on('newListener',name=>name==='SIGTERM'&&setImmediate(()=>process.kill(process.pid,name)))";
  const node = await startProcess({ NODE_OPTIONS: `--import=data:text/javascript,${kill}` });
  expect(await node.exited).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test.each(['SIGTERM', 'SIGINT'] as const)('`npm start` passes %s on, and exits as the service does', async (signal) => {
  const databaseUrl = await freshDatabaseUrl('sqlite');
  const settings = {
    ...cheap,
    PORT: '0',
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: 'a secret that all nodes of the tests share',
  };
  const npm = spawn('npm', ['start'], { cwd: root, env: cleanEnvironment(settings), detached: true });
  afterwards(() => killGroup(npm.pid));
  const ended = once(npm, 'close');
  let stdout = '';
  npm.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  await expect.poll(() => stdout, { timeout: 60_000 }).toMatch(/"url":".*\n/);
  const url = /"url":"([^"]+)"/.exec(stdout)?.[1] ?? '';

  const { answer, letItFinish } = await signupInFlight(url, databaseUrl);
  // As supervisors do it: SIGTERM to what they have started; and as a terminal does it: Ctrl-C to the whole group.
  if (signal === 'SIGTERM') npm.kill(signal);
  else process.kill(-(npm.pid ?? 0), signal);
  await expect.poll(() => stdout).toContain('"msg":"stopping"');
  letItFinish();
  expect((await answer).errors).toEqual([]);
  expect(await ended).toEqual([0, null]);
  expect(stdout).toContain('"msg":"stopped"');
  await expect(fetch(url)).rejects.toThrow();
});

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}
