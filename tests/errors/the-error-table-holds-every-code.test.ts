import { expect, test } from 'vitest';
import {
  AuthError,
  describeError,
  type ErrorCode,
  type ErrorReason,
  errorMessage,
  errorTable,
} from '../../src/errors.js';

const codes = Object.keys(errorTable) as ErrorCode[];

test.each(codes)('%s says a sentence to people and one to developers', (code) => {
  expect(describeError(code)).toMatch(/^[A-Z].+\.$/s);
  expect(errorMessage(code)).toMatch(/^[A-Z].+\.$/);
  expect(new AuthError(code).message).toBe(errorMessage(code));
});

test('a reason has a message of its own, and is listed in the description', () => {
  for (const code of codes) {
    const entry: { message: string; reasons?: Record<string, string> } = errorTable[code];
    for (const [reason, message] of Object.entries(entry.reasons ?? {})) {
      expect(new AuthError(code, { reason: reason as ErrorReason }).message).toBe(message);
      expect(describeError(code)).toMatch(new RegExp(`reason says why: .*\\b${reason}\\b`));
    }
  }
});

test('a reason that belongs to another code leaves the message of the code', () => {
  expect(new AuthError('FORBIDDEN', { reason: 'EXPIRED' }).message).toBe('You may not do this.');
});

test('a message may be given with the error', () => {
  expect(new AuthError('FORBIDDEN', {}, 'Only administrators may do this.').message).toMatch(/administrators/);
});
