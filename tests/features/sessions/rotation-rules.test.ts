import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeRotation,
  readSpent,
  type SpentTokens,
  withSpent,
  writeSpent,
} from '../../../src/features/sessions/rotation.js';

const at = (ms: number) => new Date(ms);
const graceMs = 30_000;
const session = { generation: 5, recentlySpent: [{ from: 2, to: 4, at: 100_000 }] };

describe('what presenting a token means', () => {
  test('the current one rotates', () => expect(judgeRotation(session, 5, at(100_000), graceMs)).toBe('ROTATE'));
  test('one from the future means a restored backup', () =>
    expect(judgeRotation(session, 6, at(100_000), graceMs)).toBe('AHEAD'));
  test('a spent one repeats inside the grace', () =>
    expect(judgeRotation(session, 4, at(130_000), graceMs)).toBe('REPEAT'));
  test('so does one of several steps ago', () =>
    expect(judgeRotation(session, 2, at(130_000), graceMs)).toBe('REPEAT'));
  test('after the grace it is reuse', () => expect(judgeRotation(session, 4, at(130_001), graceMs)).toBe('REUSED'));
  test('one that is not remembered is reuse', () =>
    expect(judgeRotation(session, 1, at(100_000), graceMs)).toBe('REUSED'));
  test('without grace every spent one is reuse', () =>
    expect(judgeRotation(session, 4, at(100_000), 0)).toBe('REUSED'));
  test('the current one rotates without grace too', () => expect(judgeRotation(session, 5, at(1), 0)).toBe('ROTATE'));
});

/** A session that rotated after each of these waits (ms). */
function rotate(waits: readonly number[], grace: number) {
  const spentAt: number[] = [];
  let now = 1_750_000_000_000;
  let recentlySpent: SpentTokens[] = [];
  for (const wait of waits) {
    now += wait;
    recentlySpent = readSpent(writeSpent(withSpent(recentlySpent, spentAt.length, at(now), grace)));
    spentAt.push(now);
  }
  return { now, spentAt, recentlySpent, generation: waits.length };
}

const waits = fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 40_000 })), {
  minLength: 1,
  maxLength: 300,
});
const graces = fc.integer({ min: 1, max: 300 }).map((seconds) => seconds * 1_000);

describe('whatever the rhythm of rotations', () => {
  test('a token repeats for the whole grace after it was spent, and then is reuse, at most a 64th late', () => {
    fc.assert(
      fc.property(waits, graces, fc.integer({ min: 0, max: 400_000 }), (rhythm, grace, later) => {
        const { now, spentAt, ...rotated } = rotate(rhythm, grace);
        spentAt.forEach((spent, generation) => {
          const age = now + later - spent;
          const verdict = judgeRotation(rotated, generation, at(now + later), grace);
          if (age <= grace) expect(verdict).toBe('REPEAT');
          if (age > grace + grace / 64) expect(verdict).toBe('REUSED');
        });
      }),
    );
  });

  test('what is remembered stays small, in order and without gaps', () => {
    fc.assert(
      fc.property(waits, graces, (rhythm, grace) => {
        const { recentlySpent, generation } = rotate(rhythm, grace);
        expect(recentlySpent.length).toBeLessThanOrEqual(66);
        expect(recentlySpent.at(-1)?.to).toBe(generation - 1);
        for (const [index, { from }] of recentlySpent.slice(1).entries()) {
          expect(from).toBe((recentlySpent[index]?.to ?? 0) + 1);
        }
      }),
    );
  });

  test('it stays as small where two nodes take turns whose clocks differ', () => {
    const [grace, apart] = [30_000, 2_000];
    let recentlySpent: SpentTokens[] = [];
    for (let generation = 0; generation < 3_000; generation++) {
      const now = 1_000_000 + generation * 20 + (generation % 2) * apart;
      recentlySpent = withSpent(recentlySpent, generation, at(now), grace);
      const verdict = judgeRotation({ generation: generation + 1, recentlySpent }, generation, at(now - apart), grace);
      expect(verdict).toBe('REPEAT');
    }
    expect(recentlySpent.length).toBeLessThanOrEqual(66 + Math.ceil(apart / (grace / 64)));
  });

  test('a clock that was set back keeps nothing alive: what is spent from then on is reuse after the grace', () => {
    const minute = 60_000;
    let recentlySpent = withSpent([], 0, at(100 * minute), 30_000);
    for (let n = 1; n <= 20; n++) recentlySpent = withSpent(recentlySpent, n, at((40 + n) * minute), 30_000);
    expect(judgeRotation({ generation: 21, recentlySpent }, 1, at(60 * minute), 30_000)).toBe('REUSED');
    expect(judgeRotation({ generation: 21, recentlySpent }, 20, at(60 * minute), 30_000)).toBe('REPEAT');
  });

  test('without grace nothing but the current token is of use', () => {
    fc.assert(
      fc.property(waits, (rhythm) => {
        const { now, spentAt, ...rotated } = rotate(rhythm, 0);
        for (const generation of spentAt.keys()) expect(judgeRotation(rotated, generation, at(now), 0)).toBe('REUSED');
        expect(judgeRotation(rotated, spentAt.length, at(now), 0)).toBe('ROTATE');
      }),
    );
  });
});
