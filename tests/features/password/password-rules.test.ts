import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newPasswordError, normalizePassword, passwordError } from '../../../src/features/password/password.js';
import { anyCharacter } from '../../support/characters.js';

const emoji = '👍';

test('256 characters are allowed and 257 are not, an emoji being one', () => {
  expect(passwordError('x'.repeat(256))).toBeNull();
  expect(passwordError(emoji.repeat(256))).toBeNull();
  expect(passwordError('x'.repeat(257))).toMatch('256');
  expect(passwordError(emoji.repeat(257))).toMatch('256');
});

test('NUL and lone surrogates are rejected, wherever they are', () => {
  for (const bad of ['\0', '\ud83d', '\udc4d']) {
    for (const password of [bad, `${bad}password`, `pass${bad}word`, `password${bad}`]) {
      expect(passwordError(password)).not.toBeNull();
      expect(newPasswordError(password, 1)).not.toBeNull();
    }
  }
  expect(passwordError('\udc4d\ud83d')).not.toBeNull();
});

test('anything else can be a password, even an empty one that was chosen under other rules', () => {
  for (const password of ['', ' ', ' \t\n ', 'pässwörd', emoji]) expect(passwordError(password)).toBeNull();
});

test('the least length counts characters as people do', () => {
  expect(newPasswordError('brrkz7q', 8)).toMatch('8');
  expect(newPasswordError('brrkz7qt', 8)).toBeNull();
  expect(newPasswordError(emoji.repeat(7), 8)).toMatch('8');
  expect(newPasswordError(emoji.repeat(8), 8)).toBeNull();
  expect(newPasswordError('e\u0301'.repeat(7), 8)).toMatch('8');
  expect(newPasswordError('brrkz7qt', 12)).toMatch('12');
});

test('one password, typed on keyboards that compose and that do not, is one', () => {
  expect(normalizePassword('cafe\u0301 au lait')).toBe('caf\u00e9 au lait');
  expect(normalizePassword('caf\u00e9 au lait')).toBe('caf\u00e9 au lait');
});

test('ASCII stays as it is, and nothing is trimmed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 300 }), (text) => {
      expect(normalizePassword(text)).toBe(text);
    }),
  );
  expect(normalizePassword(' \u00e9 ')).toBe(' \u00e9 ');
});

test('of an allowed password, the normal form is the same however often it is made, and has no new error', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), (text) => {
      const once = normalizePassword(text);
      expect(normalizePassword(once)).toBe(once);
      expect(once).toBe(text.normalize('NFC'));
      expect(passwordError(once)).toBe(passwordError(text));
    }),
  );
});

test('a body full of combining characters is not normalised, which would take a second, but rejected', () => {
  const heap = `a${'\u0301'.repeat(20_000)}${'\u0316'.repeat(20_000)}`;
  expect(normalizePassword(heap)).toBe(heap);
  expect(passwordError(heap)).toMatch('256');
});

test('no message repeats the password', () => {
  for (const password of ['hunter2', 'password1', `secret\0word`, 'longsecret'.repeat(30)]) {
    expect(newPasswordError(password, 8)).not.toBeNull();
    expect(newPasswordError(password, 8)).not.toContain(password);
  }
});
