import { createHash } from 'node:crypto';
import native from 'bcrypt';
import portable from 'bcryptjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hash, replace, verify } from '../../../src/platform/hashing/hash-worker.js';
import { readStoredHash } from '../../../src/platform/hashing/stored-hash.js';

// The worker's functions, called on this thread, with each call of bcrypt counted by the rounds that it takes.
const compares = [native, portable].map((bcrypt) => vi.spyOn(bcrypt, 'compareSync'));
const hashes = [native, portable].map((bcrypt) => vi.spyOn(bcrypt, 'hashSync'));
function forget() {
  for (const spy of [...compares, ...hashes]) spy.mockClear();
}
afterEach(forget);

function rounds(): number {
  const compared = compares.flatMap(({ mock }) => mock.calls).map(([, stored]) => readStoredHash(stored)?.cost);
  const hashed = hashes.flatMap(({ mock }) => mock.calls).map(([, cost]) => Number(cost));
  return [...compared, ...hashed].reduce<number>((sum, cost) => sum + 2 ** (cost ?? Number.NaN), 0);
}

const rejectionCost = 7;
const long = 'a long password, '.repeat(6);
const itsDigest = createHash('sha384').update(long).digest('base64');

const verbs = {
  verify: (password: string, stored: string | null) => verify({ password, stored, rejectionCost }),
  replace: (password: string, stored: string | null) =>
    replace({ password, stored, rejectionCost, next: 'the next one', cost: 5 }) !== null,
};

describe.each(['verify', 'replace'] as const)('%s rejects with 2^rejectionCost rounds', (verb) => {
  test.each([
    ['an unknown account', 'wrong', null],
    ['an unknown account, long password', long, null],
    ['a wrong password', 'wrong', hash({ password: 'right', cost: 7 })],
    ['a wrong long password', long, hash({ password: 'right', cost: 7 })],
    ['a digest presented as the password', itsDigest, hash({ password: long, cost: 7 })],
    ['a digest presented as the password, lower cost', itsDigest, hash({ password: long, cost: 5 })],
    ['a wrong password, lower cost', 'wrong', hash({ password: 'right', cost: 6 })],
    ['a wrong password, lowest cost', 'wrong', hash({ password: 'right', cost: 4 })],
    ['a damaged hash', 'wrong', 'damaged'],
    ['a hash whose cost is out of range', 'wrong', `$2b$31$${'.'.repeat(53)}`],
  ])('%s', (_case, password, stored) => {
    forget();
    expect(verbs[verb](password, stored)).toBe(false);
    expect(rounds()).toBe(2 ** rejectionCost);
  });
});

test('a right password takes the cost of its own hash and no more', () => {
  const stored = hash({ password: 'right', cost: 5 });
  forget();
  expect(verbs.verify('right', stored)).toBe(true);
  expect(rounds()).toBe(2 ** 5);
});

test('a right password that is replaced takes its own cost and that of the new hash', () => {
  const stored = hash({ password: 'right', cost: 4 });
  forget();
  expect(verbs.replace('right', stored)).toBe(true);
  expect(rounds()).toBe(2 ** 4 + 2 ** 5);
});
