import { afterAll, expect, test } from 'vitest';
import { createHashing } from '../../../src/platform/hashing/hashing.js';

const hashing = createHashing({ cost: 10, threads: 1 });
afterAll(() => hashing.close());

/** How often the event loop came round while the work was going on: 0 or 1 where the work is done on it. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let over = false;
  const turn = () => {
    turns += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work.finally(() => {
    over = true;
  });
  return turns;
}

test('the event loop goes on while a password is hashed and verified', async () => {
  const stored = await hashing.hash('once, so that the thread is up');
  expect(await turnsDuring(hashing.hash('some password'))).toBeGreaterThan(3);
  expect(await turnsDuring(hashing.verify('some password', stored))).toBeGreaterThan(3);
});
