import { expect, test } from 'vitest';
import { createClosing } from '../../src/platform/closing.js';

function openThree({ secondFails = false } = {}) {
  const closed: string[] = [];
  const closing = createClosing();
  closing.onClose(() => closed.push('first'));
  closing.onClose(async () => {
    if (secondFails) throw new Error('the second stays open');
    closed.push('second');
  });
  closing.onClose(() => closed.push('third'));
  return { closing, closed };
}

test('What was opened last is closed first, and once', async () => {
  const { closing, closed } = openThree();
  await closing.close();
  await closing.close();
  expect(closed).toEqual(['third', 'second', 'first']);
});

test('One that fails to close keeps none of the others open, and its error is thrown', async () => {
  const { closing, closed } = openThree({ secondFails: true });
  await expect(closing.close()).rejects.toThrow('the second stays open');
  expect(closed).toEqual(['third', 'first']);
});

test('After an error everything is closed, and that error is thrown, whatever closing throws', async () => {
  const { closing, closed } = openThree({ secondFails: true });
  await expect(closing.closeAfter(new Error('the start failed'))).rejects.toThrow('the start failed');
  expect(closed).toEqual(['third', 'first']);
});
