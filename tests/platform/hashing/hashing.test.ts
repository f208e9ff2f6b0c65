import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createHashing } from '../../../src/platform/hashing/hashing.js';
import { anyCharacter } from '../../support/characters.js';

const hashing = createHashing({ cost: 4, threads: 1 });
afterAll(() => hashing.close());

const ordinary = fc.string({ unit: anyCharacter, maxLength: 256 });

test('a password, short or long, is verified against its own hash', async () => {
  await fc.assert(
    fc.asyncProperty(ordinary, async (password) => {
      expect(await hashing.verify(password, await hashing.hash(password))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('another password is rejected', async () => {
  await fc.assert(
    fc.asyncProperty(ordinary, ordinary, async (password, other) => {
      fc.pre(password !== other);
      expect(await hashing.verify(other, await hashing.hash(password))).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('two hashes of one password differ', async () => {
  expect(await hashing.hash('a password')).not.toBe(await hashing.hash('a password'));
});

test('passwords beyond 72 bytes count to their last character', async () => {
  const stored = await hashing.hash(`${'a'.repeat(72)}b`);
  expect(await hashing.verify(`${'a'.repeat(72)}b`, stored)).toBe(true);
  expect(await hashing.verify(`${'a'.repeat(72)}c`, stored)).toBe(false);
  expect(await hashing.verify('a'.repeat(72), stored)).toBe(false);
});

test('the hash says whether the password went through SHA-384, which is decided in bytes', async () => {
  expect(await hashing.hash('a'.repeat(72))).toMatch(/^\$2b\$04\$.{53}$/);
  expect(await hashing.hash('a'.repeat(73))).toMatch(/^sha384\$2b\$04\$.{53}$/);
  expect(await hashing.hash('é'.repeat(36))).toMatch(/^\$2b\$04\$/);
  expect(await hashing.hash('é'.repeat(37))).toMatch(/^sha384\$2b\$04\$/);
});

test.each([
  // From the test vectors of crypt_blowfish.
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy', ''],
])('%s, made by another implementation, is verified', async (stored, password) => {
  expect(await hashing.verify(password, stored)).toBe(true);
  expect(await hashing.verify(`${password}x`, stored)).toBe(false);
});

test.each([
  ['no account', null],
  ['nothing', ''],
  ['a word', 'hunter2hunter2'],
  ['no hash after the cost', '$2b$04$'],
  ['an unknown version', `$2x$04$${'.'.repeat(53)}`],
  ['a cost that no bcrypt has', `$2b$03$${'.'.repeat(53)}`],
  ['a cost of hours', `$2b$31$${'.'.repeat(53)}`],
  ['a foreign alphabet', `$2b$04$${'='.repeat(53)}`],
  ['one character more', `$2b$04$${'.'.repeat(54)}`],
  ['an unknown marker', `sha512$2b$04$${'.'.repeat(53)}`],
])('%s answers false without an error', async (_what, stored) => {
  expect(await hashing.verify('any password', stored)).toBe(false);
});

test('a password with NUL is not the password that bcrypt takes it for', async () => {
  expect(await hashing.verify('abc\0abc', await hashing.hash('abc'))).toBe(false);
  await expect(hashing.hash('abc\0abc')).rejects.toThrow(TypeError);
});

test('a password with a lone surrogate is not the one that SHA-384 takes it for', async () => {
  const long = 'a'.repeat(80);
  expect(await hashing.verify(`${long}\ud800`, await hashing.hash(`${long}\ufffd`))).toBe(false);
  await expect(hashing.hash(`${long}\ud800`)).rejects.toThrow(TypeError);
});

test('a hash of another cost, lower or higher, needs renewal', async () => {
  const digits = '.'.repeat(53);
  expect(hashing.needsRenewal(await hashing.hash('short'))).toBe(false);
  expect(hashing.needsRenewal(await hashing.hash('long'.repeat(20)))).toBe(false);
  expect(hashing.needsRenewal(`$2b$05$${digits}`)).toBe(true);
  expect(hashing.needsRenewal(`sha384$2b$05$${digits}`)).toBe(true);
  expect(hashing.needsRenewal(`$2a$04$${digits}`)).toBe(false);
});

test('a hash of another cost is still verified', async () => {
  const later = createHashing({ cost: 5, threads: 1 });
  const stored = await hashing.hash('from last year');
  expect(await later.verify('from last year', stored)).toBe(true);
  expect(later.needsRenewal(stored)).toBe(true);
  expect(await hashing.verify('from next year', await later.hash('from next year'))).toBe(true);
  await later.close();
});
