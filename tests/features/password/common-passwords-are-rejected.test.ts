import { expect, test } from 'vitest';
import { isCommonPassword } from '../../../src/features/password/common-passwords.js';
import { commonPasswordList } from '../../../src/features/password/common-passwords.list.js';
import { newPasswordError } from '../../../src/features/password/password.js';

const entries = commonPasswordList.trim().split(/\s+/);

test.each(['password', 'Password1', 'QWERTYUIOP', 'iloveyou', '12345678', 'trustno1', 'xpcrew'])('%s', (password) => {
  expect(newPasswordError(password, 6)).toMatch('common');
});

test.each([
  '88888888',
  '00000000',
  '12341234',
  '123123123',
  '987654321',
  '0987654321',
  '01234567',
  'aaaaaaaa',
  'Abcdefgh',
  'zyxwvuts',
  'ab1ab1ab1',
])('%s', (password) => expect(newPasswordError(password, 6)).toMatch('common'));

test('each of at least 3,000 that are long enough is rejected', () => {
  const longEnough = entries.filter((entry) => entry.length >= 8);
  expect(new Set(longEnough).size).toBeGreaterThanOrEqual(3_000);
  const first = longEnough.slice(0, 3_000);
  expect(first.filter((entry) => newPasswordError(entry, 8) === null)).toEqual([]);
});

test('the first and the last of the list are on it', () => {
  expect(isCommonPassword(entries[0] ?? '')).toBe(true);
  expect(isCommonPassword(entries.at(-1) ?? '')).toBe(true);
});

test('the list is in the form in which it is searched', () => {
  expect(entries.filter((entry) => !/^[!-~]+$/.test(entry) || entry !== entry.toLowerCase())).toEqual([]);
});

test.each([
  ['two neighbours on the list', 'password 12345678'],
  ['part of an entry', 'asswordp'],
  ['an entry between spaces', ' password '],
  ['four words', 'correct horse battery staple'],
  ['a long repetition', 'abc'.repeat(20)],
  ['a repetition of letters that few keyboards have', 'é'.repeat(8)],
  ['what only begins like a run', '12345679x'],
  ['nothing', ''],
])('%s is not common', (_what, password) => {
  expect(isCommonPassword(password)).toBe(false);
});
