import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { MeDocument } from '../client/generated/graphql.js';
import { createClient, expectCode } from '../support/client.js';
import { freshDatabaseUrl } from '../support/databases.js';
import { freePort } from '../support/free-port.mjs';
import { testSettings } from '../support/latchkey.js';
import { breakable } from '../support/outage.js';
import { startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

test('a PostgreSQL that is out of reach at the start is waited for, and that is said once', async () => {
  const line = await breakable(await freshDatabaseUrl('postgresql'));
  line.cut();
  const port = await freePort();
  const node = await startProcess({ ...testSettings, DATABASE_URL: line.url, PORT: String(port) });
  const said = () =>
    node
      .output()
      .stdout.split('\n')
      .filter((entry) => entry.includes('out of reach'));
  await expect.poll(said, { timeout: 20_000 }).toHaveLength(1);
  await sleep(2_000); // several attempts more
  expect(said()).toEqual([expect.stringContaining(new URL(line.url).host)]);
  expect(said().join()).not.toContain(new URL(line.url).password);
  expect(node.output().stdout).not.toContain('"url"');

  const status = async (address: string) => (await fetch(`http://127.0.0.1:${port}${address}`)).status;
  expect(await status('/health/live')).toBe(200);
  expect(await status('/health/ready')).toBe(503);
  expect(await status('/.well-known/jwks.json')).toBe(503);
  const early = await createClient(`http://127.0.0.1:${port}`).send(MeDocument, {});
  expectCode(early, 'SERVICE_UNAVAILABLE');

  line.restore();
  const url = await node.listening;
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(node.output().stderr).toBe('');
});
