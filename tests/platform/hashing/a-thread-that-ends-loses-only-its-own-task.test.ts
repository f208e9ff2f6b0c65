import { afterEach, expect, test } from 'vitest';
import { createHashing, type Hashing } from '../../../src/platform/hashing/hashing.js';

const opened: Hashing[] = [];
function open(threads: number, maxQueue = 32): Hashing {
  const hashing = createHashing({ cost: 4, threads, maxQueue });
  opened.push(hashing);
  return hashing;
}
afterEach(() => Promise.all(opened.splice(0).map((hashing) => hashing.close())));

/** No caller can send this: it throws inside of the thread, where nothing catches it. */
const deadly = ['no string'] as unknown as string;

test.each([1, 2])('of %s threads, the others and a new one take what is queued', async (threads) => {
  const hashing = open(threads);
  const lost = [hashing.hash(deadly), hashing.verify(deadly, null), hashing.hash(deadly)];
  const queued = Array.from({ length: 20 }, () => hashing.verify('a password', null));
  for (const { status } of await Promise.allSettled(lost)) expect(status).toBe('rejected');
  expect(await Promise.all(queued)).toEqual(Array(20).fill(false));
});

test('its task takes no place in the queue any more', async () => {
  const hashing = open(1, 0);
  for (let i = 0; i < 3; i++) await expect(hashing.hash(deadly)).rejects.toThrow(TypeError);
  expect(await hashing.hash('a password')).toMatch(/^\$2b\$/);
});

test('closing waits for it too', async () => {
  const hashing = open(1);
  const lost = expect(hashing.hash(deadly)).rejects.toThrow(TypeError);
  const queued = hashing.hash('a password');
  await hashing.close();
  await lost;
  expect(await queued).toMatch(/^\$2b\$/);
});
