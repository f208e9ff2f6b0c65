import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLock } from '../../../src/platform/database/lock.js';

test('work runs one at a time, in the order of the calls, errors included', async () => {
  const lock = createLock(5_000);
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} in`);
    await sleep(2);
    log.push(`${name} out`);
    if (name === 'b') throw new Error('b');
  };
  const all = ['a', 'b', 'c'].map((name) => lock.run(work(name)));
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});

test('work that has waited too long is rejected and has not run', async () => {
  const lock = createLock(20);
  let ran = false;
  let finish = () => {};
  const first = lock.run(() => new Promise<void>((resolve) => (finish = resolve)));
  const second = lock.run(async () => (ran = true));
  await expect(second).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  finish();
  await first;
  expect(ran).toBe(false);
  expect(await lock.run(async () => 'next')).toBe('next');
});
