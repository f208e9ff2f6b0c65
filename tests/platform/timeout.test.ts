import { expect, test } from 'vitest';
import { within } from '../../src/platform/timeout.js';

test('what answers in time is answered, errors included', async () => {
  expect(await within(60_000, Promise.resolve('answer'))).toBe('answer');
  await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('what takes longer is null, and its later error is ignored', async () => {
  let fail: (error: Error) => void = () => {};
  const asked = new Promise<string>((_resolve, reject) => (fail = reject));
  expect(await within(1, asked)).toBeNull();
  fail(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the run
});
