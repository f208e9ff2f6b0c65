import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createHashing } from '../../../src/platform/hashing/hashing.js';

const hashing = createHashing({ cost: 4, threads: 1 });
afterAll(() => hashing.close());

const long = 'a long password, '.repeat(6);
const itsDigest = createHash('sha384').update(long).digest('base64');

test('bcrypt itself would take the digest of a long password for that password', async () => {
  const stored = await hashing.hash(long);
  expect(await hashing.verify(itsDigest, stored.replace(/^sha384/, ''))).toBe(true);
});

test('the digest of a long password does not open its account', async () => {
  expect(await hashing.verify(itsDigest, await hashing.hash(long))).toBe(false);
});

test('a long password does not open the account whose password is its digest', async () => {
  expect(await hashing.verify(long, await hashing.hash(itsDigest))).toBe(false);
});
