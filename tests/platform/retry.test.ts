import { expect, test } from 'vitest';
import { retry } from '../../src/platform/retry.js';

/** Fails this often, then answers how often it was called. */
function failing(times: number, error: unknown = new Error('busy')) {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw error;
    return calls;
  };
}

const always = () => true;

test('work that succeeds runs once', async () => {
  expect(await retry(failing(0), { when: always })).toBe(1);
});

test('work is repeated until it succeeds', async () => {
  expect(await retry(failing(3), { when: always })).toBe(4);
});

test('an error for which repeating does not help is thrown at once', async () => {
  const error = new Error('wrong');
  const work = failing(1, error);
  await expect(retry(work, { when: (thrown) => thrown !== error })).rejects.toBe(error);
  expect(await work()).toBe(2);
});

test('the last error is thrown after the given number of repetitions', async () => {
  const work = failing(3);
  await expect(retry(work, { when: always, times: 2 })).rejects.toThrow('busy');
  expect(await work()).toBe(4);
});

test('no repetition begins after the time limit', async () => {
  const work = failing(1);
  await expect(retry(work, { when: always, withinMs: -1 })).rejects.toThrow('busy');
  expect(await work()).toBe(2);
});

test('the pause is asked for with the number of the repetition', async () => {
  const asked: number[] = [];
  const pauseMs = (repetition: number) => {
    asked.push(repetition);
    return 0;
  };
  await retry(failing(3), { when: always, pauseMs });
  expect(asked).toEqual([1, 2, 3]);
});
