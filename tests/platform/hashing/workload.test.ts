import { describe, expect, test } from 'vitest';
import { createWorkload, type Work, type Workload } from '../../../src/platform/hashing/workload.js';

const limits = { threads: 2, maxWaiting: 32, answerWithinMs: 4_000 };

/** At 1 ms a round, so that rounds are milliseconds. */
function measuredWorkload(given: Partial<typeof limits> = {}): Workload {
  const workload = createWorkload({ ...limits, ...given });
  workload.measure(100, 100);
  return workload;
}

function start(workload: Workload, rounds: number, now = 0): Work {
  const work = workload.add(rounds);
  work.startedAt = now;
  return work;
}

/** How many of so many that come at once are taken in hand. */
function admitted(workload: Workload, count: number, rounds: number): number {
  let admitted = 0;
  for (let i = 0; i < count; i++) {
    if (workload.retryAfterSeconds(rounds, 0) !== null) continue;
    workload.add(rounds);
    admitted++;
  }
  return admitted;
}

describe('of logins that come at once are admitted', () => {
  test.each([
    ['as many as are done in time', 1_000, 8],
    ['one a thread, where a second would be too late', 2_100, 2],
    ['one a thread, where even that one is too late', 9_000, 2],
    ['as many as may wait, where time is no matter', 1, 34],
  ])('%s', (_case, rounds, expected) => {
    expect(admitted(measuredWorkload(), 100, rounds)).toBe(expected);
  });

  test('few before anything was measured', () => {
    expect(admitted(createWorkload(limits), 100, 2 ** 12)).toBe(8);
  });

  test('one a thread where none may wait', () => {
    expect(admitted(measuredWorkload({ maxWaiting: 0 }), 100, 1)).toBe(2);
  });
});

describe('a prediction', () => {
  test('counts what running work has still to do', () => {
    const workload = measuredWorkload({ threads: 1 });
    start(workload, 2_500);
    expect(workload.retryAfterSeconds(2_000, 400)).toBe(3);
    expect(workload.retryAfterSeconds(2_000, 500)).toBeNull();
  });

  test('takes the thread that is free first', () => {
    const workload = measuredWorkload();
    start(workload, 3_900);
    start(workload, 100);
    expect(workload.retryAfterSeconds(3_900, 0)).toBeNull();
    expect(workload.retryAfterSeconds(3_901, 0)).toBe(4);
  });

  test('forgets work that is removed', () => {
    const workload = measuredWorkload({ threads: 1 });
    const work = start(workload, 4_000);
    expect(workload.retryAfterSeconds(1, 0)).not.toBeNull();
    workload.remove(work);
    workload.add(3_000);
    expect(workload.retryAfterSeconds(1, 0)).toBeNull();
  });

  test('is longer as soon as running work takes longer than it should', () => {
    const workload = measuredWorkload({ threads: 1 });
    start(workload, 1_000);
    expect(workload.retryAfterSeconds(3_000, 1_000)).toBeNull();
    expect(workload.retryAfterSeconds(3_000, 5_000)).not.toBeNull();
  });

  test('lets one pause of a thread reject nothing that the others can still do', () => {
    const workload = measuredWorkload();
    for (let i = 0; i < 15; i++) workload.measure(100, 100);
    start(workload, 100);
    start(workload, 100, 400);
    for (let i = 0; i < 22; i++) workload.add(100);
    expect(workload.retryAfterSeconds(100, 500)).toBeNull();
  });
});

describe('the time of a round', () => {
  test('is that of the first measurement, after it', () => {
    const workload = createWorkload(limits);
    workload.measure(2 ** 12, 250);
    expect(admitted(workload, 100, 2 ** 12)).toBe(32);
  });

  test('is the mean of the latest sixteen', () => {
    const workload = measuredWorkload();
    for (let i = 0; i < 15; i++) workload.measure(100, 100);
    for (let i = 0; i < 8; i++) workload.measure(100, 300);
    expect(admitted(workload, 100, 1_000)).toBe(4);
    for (let i = 0; i < 16; i++) workload.measure(100, 50);
    expect(workload.retryAfterSeconds(1_500, 0)).toBeNull();
  });

  test('counts measurements by their rounds', () => {
    const workload = measuredWorkload();
    workload.measure(16, 160);
    workload.measure(884, 740);
    expect(admitted(workload, 100, 1_000)).toBe(8);
  });
});

test('the time to retry after is that of what is in hand, between 1 and 5 s', () => {
  const workload = measuredWorkload({ threads: 1 });
  const after = [10, 3_000, 1_500, 9_000].map((rounds) => {
    workload.add(rounds);
    return workload.retryAfterSeconds(4_000, 0);
  });
  expect(after).toEqual([1, 4, 5, 5]);
});
