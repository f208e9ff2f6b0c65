import { readdirSync, readlinkSync } from 'node:fs';
import { Writable } from 'node:stream';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.js';
import { createLog, type Log } from '../../src/platform/logging.js';
import { startServer } from '../../src/server.js';
import { type Engine, engines, freshDir, migratedDatabaseUrl } from '../support/databases.js';
import { freePort } from '../support/free-port.mjs';
import { startLatchkey, testSettings } from '../support/latchkey.js';

/** What a step of the opening says in the log before it begins. */
const steps = [
  'opening the secret',
  'opening the database',
  'opening the hashing threads',
  'opening the features',
  'opening the schema',
  'opening the workers',
];

/** A log that throws when this step is about to begin. */
function failingAt(step: string): Log {
  const log = createLog('debug', new Writable({ write: (_chunk, _encoding, done) => done() }));
  const debug = log.debug.bind(log);
  log.debug = ((...args: Parameters<Log['debug']>) => {
    if (args[0] === step) throw new Error(`failed ${step}`);
    debug(...args);
  }) as Log['debug'];
  return log;
}

/** Threads of this process, and its open files that the service would open. Linux tells them; elsewhere none are counted. */
function openThings(dataDir: string): { threads: number; files: string[] } {
  if (process.platform !== 'linux') return { threads: 0, files: [] };
  const files = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return { threads: readdirSync('/proc/self/task').length, files: files.filter((file) => file.startsWith(dataDir)) };
}

async function connectionsTo(engine: Engine, url: string): Promise<number> {
  if (engine === 'sqlite') return 0;
  const admin = new pg.Client(Object.assign(new URL(url), { pathname: '/postgres' }).href);
  await admin.connect();
  const { rowCount } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [
    new URL(url).pathname.slice(1),
  ]);
  await admin.end();
  return rowCount ?? 0;
}

describe.each(engines)('on %s', (engine) => {
  test.each(steps)('A start that fails while %s leaves no thread, file, connection or port open', async (step) => {
    const dataDir = await freshDir();
    const databaseUrl = engine === 'sqlite' ? `file:${dataDir}/latchkey.db` : await migratedDatabaseUrl(engine);
    const port = await freePort();
    const { AUTH_SECRET, ...settings } = { ...testSettings, PORT: String(port), DATABASE_URL: databaseUrl };
    const config = parseConfig(engine === 'sqlite' ? settings : { ...settings, AUTH_SECRET });
    const before = openThings(dataDir);

    await expect(startServer(config, { log: failingAt(step), dataDir })).rejects.toThrow(`failed ${step}`);

    await expect
      .poll(() => openThings(dataDir))
      .toEqual({ threads: expect.toSatisfy((n) => n <= before.threads), files: [] });
    await expect.poll(() => connectionsTo(engine, databaseUrl)).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow('fetch failed');
  });

  test('A start with a wrong AUTH_SECRET leaves no connection open and makes no key', async () => {
    const databaseUrl = await migratedDatabaseUrl(engine);
    const first = await startLatchkey({ databaseUrl });
    await first.close();
    const wrong = { ...testSettings, DATABASE_URL: databaseUrl, AUTH_SECRET: 'another secret than the first one had' };
    const start = startServer(parseConfig(wrong), {
      log: createLog('silent', new Writable()),
      dataDir: await freshDir(),
    });
    await expect(start).rejects.toThrow('AUTH_SECRET');
    await expect.poll(() => connectionsTo(engine, databaseUrl)).toBe(0);
  });
});
