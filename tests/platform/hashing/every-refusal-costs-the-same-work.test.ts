import { createHash } from 'node:crypto';
import native from 'bcrypt';
import portable from 'bcryptjs';
import { afterEach, expect, test, vi } from 'vitest';
import { hash, verify } from '../../../src/platform/hashing/hash-worker.js';
import { readStoredHash } from '../../../src/platform/hashing/stored-hash.js';

// The worker's functions, called here in the open, with each call of bcrypt counted by the rounds that it takes.
const compares = [native, portable].map((bcrypt) => vi.spyOn(bcrypt, 'compareSync'));
afterEach(() => {
  for (const compare of compares) compare.mockClear();
});

const cost = 7;
const startBy = Number.POSITIVE_INFINITY;
const long = 'a long password, '.repeat(6);
const itsDigest = createHash('sha384').update(long).digest('base64');

function answer(password: string, stored: string | null) {
  const outcome = verify({ password, stored, cost, startBy });
  const rounds = compares
    .flatMap(({ mock }) => mock.calls)
    .map(([, hashed]) => 2 ** (readStoredHash(hashed)?.cost ?? Number.NaN));
  return { answer: outcome?.value, rounds: rounds.reduce((sum, each) => sum + each, 0) };
}

function stored(password: string, atCost: number): string {
  return hash({ password, cost: atCost, startBy })?.value ?? '';
}

const refused = { answer: false, rounds: 2 ** cost };

test.each([
  ['unknown account', () => answer('wrong', null)],
  ['unknown account, long password', () => answer(long, null)],
  ['wrong password', () => answer('wrong', stored('right', cost))],
  ['wrong long password', () => answer(long, stored('right', cost))],
  ['a digest presented as the password', () => answer(itsDigest, stored(long, cost))],
  ['the same, at an older cost', () => answer(itsDigest, stored(long, 5))],
  ['wrong password, older cost', () => answer('wrong', stored('right', 6))],
  ['wrong password, far older cost', () => answer('wrong', stored('right', 4))],
  ['damaged hash', () => answer('wrong', 'damaged')],
])('%s', (_case, attempt) => {
  expect(attempt()).toEqual(refused);
});

test('a right password takes its own cost and no more', () => {
  expect(answer('right', stored('right', 5))).toEqual({ answer: true, rounds: 2 ** 5 });
});
