import { expect, test } from 'vitest';
import { oneLine } from '../../src/platform/one-line.js';

test.each([
  [
    'the lines of a message',
    new Error('\nInvalid invocation:\n\n\n  Can’t reach it\r\n'),
    'Invalid invocation: Can’t reach it',
  ],
  [
    'control and direction characters',
    new Error('a\u0000b\u001b[31mc\u202ed\u0085e'),
    'a\\u0000b\\u001b[31mc\\u202ed\\u0085e',
  ],
  ['an error without a message', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['an error without message or code', new TypeError(), 'TypeError'],
  ['several errors in one', new AggregateError([new Error('first'), new Error('second')]), 'first; second'],
  ['what is no error', 'text', 'text'],
  ['a long message', new Error('x'.repeat(501)), `${'x'.repeat(500)}…`],
])('%s', (_what, error, line) => {
  expect(oneLine(error)).toBe(line);
});
