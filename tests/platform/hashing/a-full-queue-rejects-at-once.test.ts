import { afterEach, expect, test } from 'vitest';
import { AuthError } from '../../../src/errors.js';
import { createHashing, type Hashing, type HashingSettings } from '../../../src/platform/hashing/hashing.js';

const opened: Hashing[] = [];
function open(settings: Partial<HashingSettings>): Hashing {
  const hashing = createHashing({ cost: 4, ...settings });
  opened.push(hashing);
  return hashing;
}
afterEach(() => Promise.all(opened.splice(0).map((hashing) => hashing.close())));

function codeOf(error: unknown): string {
  expect(error).toBeInstanceOf(AuthError);
  const { code, facts } = error as AuthError;
  expect(facts.retryAfterSeconds).toBeGreaterThanOrEqual(1);
  expect(facts.retryAfterSeconds).toBeLessThanOrEqual(5);
  return code;
}
const isUnavailable = (error: unknown) => codeOf(error) === 'SERVICE_UNAVAILABLE';

/** What became of so many logins that came at once, in the order in which they were answered. */
async function loginsAtOnce(hashing: Hashing, count: number): Promise<string[]> {
  const answers: string[] = [];
  const all = Array.from({ length: count }, (_, n) =>
    hashing.verify(`password ${n}`, null).then(
      () => answers.push('answered'),
      (error) => answers.push(codeOf(error)),
    ),
  );
  // Rejections need no more than the microtasks of this turn.
  await new Promise(setImmediate);
  answers.push('a turn of the event loop');
  await Promise.all(all);
  return answers;
}

function grouped(answers: string[]): [string, number][] {
  const groups: [string, number][] = [];
  for (const answer of answers) {
    const last = groups.at(-1);
    if (last?.[0] === answer) last[1]++;
    else groups.push([answer, 1]);
  }
  return groups;
}

test('two threads take two and let 32 wait; the next is rejected before any of them is done', async () => {
  const answers = await loginsAtOnce(open({ threads: 2 }), 35);
  expect(grouped(answers)).toEqual([
    ['SERVICE_UNAVAILABLE', 1],
    ['a turn of the event loop', 1],
    ['answered', 34],
  ]);
});

test('of 100 logins at once, those that could not be answered in time are rejected at once, the others answered', async () => {
  // Nothing was measured yet: by the guess that stands then, a thread answers 9 in time.
  expect(grouped(await loginsAtOnce(open({ threads: 1, cost: 11 }), 100))).toEqual([
    ['SERVICE_UNAVAILABLE', 91],
    ['a turn of the event loop', 1],
    ['answered', 9],
  ]);
});

test('a stored hash of higher cost than configured counts with its own', async () => {
  const hashing = open({ threads: 1, cost: 4 });
  const dear = hashing.verify('x', null, 14);
  await expect(hashing.verify('x', null, 14)).rejects.toSatisfy(isUnavailable);
  await expect(hashing.replace('x', '', 'y', 14)).rejects.toSatisfy(isUnavailable);
  expect(await hashing.hash('x')).toMatch(/^\$2b\$04\$/);
  expect(await dear).toBe(false);
});

test('once the queue has moved on, the next is admitted again', async () => {
  const hashing = open({ threads: 1, maxQueue: 1 });
  const [first, second] = [hashing.verify('1', null), hashing.verify('2', null)];
  await expect(hashing.hash('3')).rejects.toSatisfy(isUnavailable);
  await first;
  expect(await hashing.hash('3')).toMatch(/^\$2b\$/);
  expect(await second).toBe(false);
});

test('with no queue at all, a free thread still serves', async () => {
  const hashing = open({ threads: 1, maxQueue: 0 });
  const first = hashing.verify('1', null);
  await expect(hashing.verify('2', null)).rejects.toSatisfy(isUnavailable);
  expect(await first).toBe(false);
  expect(await hashing.verify('2', null)).toBe(false);
});

test('logins are served in the order in which they came', async () => {
  const hashing = open({ threads: 1 });
  const order: number[] = [];
  await Promise.all(Array.from({ length: 20 }, (_, n) => hashing.verify('x', null).then(() => order.push(n))));
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test('closing answers what is queued and rejects what comes after', async () => {
  const hashing = open({ threads: 1 });
  const queued = Array.from({ length: 10 }, (_, n) => hashing.hash(`password ${n}`));
  const closed = hashing.close();
  await expect(hashing.hash('late')).rejects.toSatisfy(isUnavailable);
  for (const stored of await Promise.all(queued)) expect(stored).toMatch(/^\$2b\$04\$/);
  await closed;
  await expect(hashing.close()).resolves.toBeUndefined();
});
