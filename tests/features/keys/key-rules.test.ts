import { describe, expect, test } from 'vitest';
import { type SigningKey, signingKeyAt, stateOf, verifiesAt } from '../../../src/features/keys/key.js';

const at = (minute: number) => new Date(minute * 60_000);

function key(sequence: number, activeFrom: number, facts: Partial<SigningKey> = {}): SigningKey {
  const dates = { createdAt: at(0), activeFrom: at(activeFrom), verifiesUntil: null, revokedAt: null };
  return { kid: `key ${sequence}`, sequence, publicJwk: {}, privateJwe: '', ...dates, ...facts };
}

/** One that has a successor, one that signs from minute 10 on, and one that comes at minute 20. */
const keys = [key(1, 0, { verifiesUntil: at(15) }), key(2, 10, { verifiesUntil: at(90) }), key(3, 20)] as const;
const statesAt = (minute: number, all: readonly SigningKey[] = keys) =>
  all.map((each) => stateOf(each, all, at(minute)));

describe('which key signs', () => {
  test('the newest whose time has come', () => expect(signingKeyAt(keys, at(19))?.kid).toBe('key 2'));
  test('from its first moment on', () => expect(signingKeyAt(keys, at(20))?.kid).toBe('key 3'));
  test('the next one, where the time of none has come', () =>
    expect(signingKeyAt([key(1, 5), key(2, 15)], at(4))?.kid).toBe('key 1'));
  test('no key signs where none verifies', () => {
    expect(signingKeyAt([key(1, 5, { revokedAt: at(1) }), key(2, 0, { verifiesUntil: at(3) })], at(4))).toBeUndefined();
  });
  test('never a revoked one', () =>
    expect(signingKeyAt([keys[0], key(2, 10, { revokedAt: at(11) })], at(12))?.kid).toBe('key 1'));
});

describe('which keys verify', () => {
  test('one that has no successor', () => expect(verifiesAt(keys[2], at(9_999))).toBe(true));
  test('one that does not sign yet: another node may be ahead', () => expect(verifiesAt(keys[2], at(0))).toBe(true));
  test('a retired one until its last token has expired', () => expect(verifiesAt(keys[0], at(14))).toBe(true));
  test('and no longer', () => expect(verifiesAt(keys[0], at(15))).toBe(false));
  test('a revoked one never', () => expect(verifiesAt(key(1, 0, { revokedAt: at(1) }), at(0))).toBe(false));
});

describe('what state they are in', () => {
  test('at first', () => expect(statesAt(5)).toEqual(['active', 'upcoming', 'upcoming']));
  test('after the first change', () => expect(statesAt(12)).toEqual(['retired', 'active', 'upcoming']));
  test('after the second', () => expect(statesAt(25)).toEqual(['expired', 'retired', 'active']));
  test('a revoked key is nothing else', () =>
    expect(statesAt(25, [key(1, 0, { verifiesUntil: at(9), revokedAt: at(1) })])).toEqual(['revoked']));
});
