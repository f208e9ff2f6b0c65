import { decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config.js';
import { keysFeature } from '../../../src/features/keys/keys.feature.js';
import { lastSessionExpiry } from '../../../src/features/sessions/session.store.js';
import { openPlatform } from '../../../src/open-platform.js';
import { systemClock } from '../../../src/platform/clock.js';
import { createLog } from '../../../src/platform/logging.js';
import { MeDocument } from '../../client/generated/graphql.js';
import { runCli } from '../../support/cli.js';
import { createMovableClock } from '../../support/clock.js';
import { type Engine, engines, freshDatabaseUrl, freshDir } from '../../support/databases.js';
import { knownVault, startLatchkey, testSettings } from '../../support/latchkey.js';
import { startProcess } from '../../support/process.js';

const wrong = 'not the secret that the keys were made with';

/** Opens the keys as the service and the operator's commands do, and lists the kids that are there. */
async function open(databaseUrl: string, { AUTH_SECRET = testSettings.AUTH_SECRET, clock = systemClock } = {}) {
  const config = parseConfig({ ...testSettings, DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: '2', AUTH_SECRET });
  const log = createLog('warn', { write: () => {} });
  const p = await openPlatform(config, { log, clock, dataDir: await freshDir(), vault: await knownVault(AUTH_SECRET) });
  try {
    const { keys } = await keysFeature(p, { lastTokenExpiry: lastSessionExpiry });
    return (await keys.list()).map(({ kid }) => kid);
  } finally {
    await p.close();
  }
}

describe.each(engines)('on %s', (engine: Engine) => {
  test('sixteen first starts at once make one key', async () => {
    const databaseUrl = await freshDatabaseUrl(engine);
    const starts = await Promise.all(Array.from({ length: 16 }, () => open(databaseUrl)));
    const kids = await open(databaseUrl);
    expect(kids).toHaveLength(1);
    for (const start of starts) expect(start).toEqual(kids);
  });

  test('a wrong AUTH_SECRET stops the start and makes no keys', async () => {
    const databaseUrl = await freshDatabaseUrl(engine);
    const kids = await open(databaseUrl);
    await expect(open(databaseUrl, { AUTH_SECRET: wrong })).rejects.toThrow(/AUTH_SECRET/);
    expect(await open(databaseUrl)).toEqual(kids);
  });

  test('a first key that a node with a fast clock has made signs at once on the others', async () => {
    const databaseUrl = await freshDatabaseUrl(engine);
    const clock = createMovableClock();
    clock.advance('1h');
    const kids = await open(databaseUrl, { clock });
    const latchkey = await startLatchkey({ databaseUrl });
    const { auth, client } = await latchkey.newAccount();
    expect(kids).toEqual([decodeProtectedHeader(auth.accessToken).kid]);
    await client.ask(MeDocument);
  });
});

test('a wrong AUTH_SECRET stops the process, and the commands, with one line that does not repeat it', async () => {
  const databaseUrl = await freshDatabaseUrl('sqlite');
  const kids = await open(databaseUrl);
  const settings = { DATABASE_URL: databaseUrl, AUTH_SECRET: wrong };
  const service = await (await startProcess(settings)).exited;
  const command = await runCli('keys', ['rotate', '--now'], settings);
  for (const { code, stdout, stderr } of [service, command]) {
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*AUTH_SECRET[^\n]*\n$/);
    expect(stdout + stderr).not.toContain(wrong);
  }
  expect(await open(databaseUrl)).toEqual(kids);
});
