import { afterEach, expect, test, vi } from 'vitest';
import { AuthError } from '../../../src/errors.js';
import { createHashing, type Hashing } from '../../../src/platform/hashing/hashing.js';

const opened: Hashing[] = [];
function open(settings: { cost?: number; threads: number; maxQueue?: number }): Hashing {
  const hashing = createHashing({ cost: 4, ...settings });
  opened.push(hashing);
  return hashing;
}
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(opened.splice(0).map((hashing) => hashing.close()));
});

function refusal(error: unknown) {
  expect(error).toBeInstanceOf(AuthError);
  const { code, facts } = error as AuthError;
  expect(facts.retryAfterSeconds).toBeGreaterThanOrEqual(1);
  expect(facts.retryAfterSeconds).toBeLessThanOrEqual(5);
  return code;
}

test('two threads take two and let 32 wait; the next is refused before any of them is done', async () => {
  const hashing = open({ threads: 2 });
  const order: string[] = [];
  const all = Array.from({ length: 35 }, (_, n) =>
    hashing.verify(`password ${n}`, null).then(
      () => order.push('answered'),
      (error) => order.push(refusal(error)),
    ),
  );
  await Promise.all(all);
  expect(order).toEqual(['SERVICE_UNAVAILABLE', ...Array(34).fill('answered')]);
});

test('once the queue has moved on, the next is let in again', async () => {
  const hashing = open({ threads: 1, maxQueue: 1 });
  const [first, second] = [hashing.verify('1', null), hashing.verify('2', null)];
  await expect(hashing.hash('3')).rejects.toSatisfy((error) => refusal(error) === 'SERVICE_UNAVAILABLE');
  await first;
  expect(await hashing.hash('3')).toMatch(/^\$2b\$/);
  expect(await second).toBe(false);
});

test('with no queue at all, a free thread still serves', async () => {
  const hashing = open({ threads: 1, maxQueue: 0 });
  const first = hashing.verify('1', null);
  await expect(hashing.verify('2', null)).rejects.toSatisfy((error) => refusal(error) === 'SERVICE_UNAVAILABLE');
  expect(await first).toBe(false);
  expect(await hashing.verify('2', null)).toBe(false);
});

test('who came first is served first', async () => {
  const hashing = open({ threads: 1 });
  const order: number[] = [];
  await Promise.all(Array.from({ length: 20 }, (_, n) => hashing.verify('x', null).then(() => order.push(n))));
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test('what a thread takes up too late is refused without being hashed', async () => {
  const hashing = open({ threads: 1, cost: 15 });
  vi.spyOn(Date, 'now').mockReturnValue(1_000_000); // For the thread, whose clock is right, this is long over.
  await expect(hashing.verify('x', null)).rejects.toSatisfy((error) => refusal(error) === 'SERVICE_UNAVAILABLE');
});

test('closing answers what is queued and refuses what comes after', async () => {
  const hashing = open({ threads: 1 });
  const queued = Array.from({ length: 10 }, (_, n) => hashing.hash(`password ${n}`));
  const closed = hashing.close();
  await expect(hashing.hash('late')).rejects.toSatisfy((error) => refusal(error) === 'SERVICE_UNAVAILABLE');
  for (const stored of await Promise.all(queued)) expect(stored).toMatch(/^\$2b\$04\$/);
  await closed;
  await expect(hashing.close()).resolves.toBeUndefined();
});
