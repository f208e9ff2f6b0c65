import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { ensureBuilt } from '../support/built.js';
import { freshDatabaseUrl } from '../support/databases.js';
import { testSettings } from '../support/latchkey.js';
import { breakable } from '../support/outage.js';
import { startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
beforeAll(ensureBuilt, 120_000);

test('a PostgreSQL that is out of reach at the start is waited for, and that is said once', async () => {
  const line = await breakable(await freshDatabaseUrl('postgresql'));
  line.cut();
  const node = await startProcess({ ...testSettings, DATABASE_URL: line.url });
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

  line.restore();
  const url = await node.listening;
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(node.output().stderr).toBe('');
});
