import { describe, expect, test } from 'vitest';
import { rejectionCost } from '../../../src/platform/hashing/stored-hash.js';

const atCost = (cost: string) => `$2b$${cost}$${'.'.repeat(53)}`;

describe('every rejected password costs the highest of', () => {
  test.each([
    ['the configured cost, where no password is stored at all', { cost: 10, highestCost: null, stored: null }, 10],
    ['the configured cost, where no stored cost is given', { cost: 10, highestCost: undefined, stored: null }, 10],
    ['the configured cost, where it was raised', { cost: 12, highestCost: 10, stored: atCost('10') }, 12],
    ['the stored costs, where the configured one was lowered', { cost: 10, highestCost: 12, stored: null }, 12],
    ['the stored costs, for an account of lower cost', { cost: 10, highestCost: 12, stored: atCost('10') }, 12],
    ['the cost of the hash itself', { cost: 10, highestCost: 11, stored: atCost('12') }, 12],
  ])('%s', (_case, costs, expected) => {
    expect(rejectionCost(costs)).toBe(expected);
  });

  test.each(['damaged', '', atCost('31'), atCost('03')])('a hash that cannot be read counts as none: %j', (stored) => {
    expect(rejectionCost({ cost: 10, highestCost: 12, stored })).toBe(12);
  });

  test.each([16, 31, 1000])('a stored cost of %s, which no hash can have, is not worked off', (highestCost) => {
    expect(rejectionCost({ cost: 10, highestCost, stored: null })).toBe(15);
  });
});
