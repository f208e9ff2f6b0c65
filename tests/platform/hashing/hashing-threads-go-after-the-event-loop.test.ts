import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, platform } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { createHashing } from '../../../src/platform/hashing/hashing.js';

const hashing = createHashing({ cost: 4, threads: 1 });
afterAll(() => hashing.close());

/** The nice values of this process's threads; the eighteenth field of each after its name. */
function niceValues(): Set<number> {
  const stats = readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/stat`, 'utf8'));
  return new Set(stats.map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])));
}

test.runIf(platform() === 'linux')('on Linux they have a lower priority, and not the lowest', async () => {
  const own = getPriority();
  await hashing.hash('once, so that the thread is up');
  expect([...niceValues()].sort((a, b) => a - b)).toEqual([own, own + 5]);
});
