import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import { openDatabase } from '../../src/platform/database/open.js';
import { afterwards } from '../support/cleanup.js';
import type { MovableClock } from '../support/clock.js';
import { engines } from '../support/databases.js';
import { startLatchkey } from '../support/latchkey.js';
import { type Command, commandLists } from './commands.js';
import { settings } from './model.js';
import { createPlayer, type World } from './player.js';

/** More of them on demand, after the rules of sessions have changed. */
const stories = Number(process.env.STORIES || 15);
const patienceMs = stories * 600;

/**
 * Whatever clients do, in whatever order and on whichever node, Latchkey answers what the contract says. Fast-check
 * writes the stories (commands.ts), model.ts says what must come of them, player.ts tells them to two nodes. A failure
 * prints the shortest story that fails, and the seed and path that replay it: `fc.assert(…, { seed, path })`.
 */
describe.each(engines)('sessions on %s', (engine) => {
  let world: World;

  beforeAll(async () => {
    const clock = createStandingClock();
    const first = await startLatchkey(engine, settings, { clock });
    const second = await startLatchkey({ databaseUrl: first.databaseUrl }, settings, { clock });
    const db = await openDatabase({ url: first.databaseUrl, poolSize: 1, onError: () => {} });
    afterwards(() => db.close());
    world = { nodes: [first, second], clock, db };
  });

  test('live and end as the contract says, on two nodes', { timeout: patienceMs + 90_000 }, async () => {
    const property = fc.asyncProperty(
      commandLists,
      untilLate((commands) => tell(world, commands)),
    );
    await fc.assert(property, { numRuns: stories, interruptAfterTimeLimit: patienceMs + 60_000 });
  });
});

async function tell(world: World, commands: Command[]): Promise<void> {
  const player = await createPlayer(world);
  for (const [index, command] of commands.entries()) {
    await named(`Command ${index} (${command.do})`, () => player.play(command));
  }
  await named('At the end', player.compareAll);
}

/** A machine too busy for all the stories hears fewer. One that fails is shrunk all the same, which takes its time. */
function untilLate(work: (commands: Command[]) => Promise<void>): typeof work {
  const late = performance.now() + patienceMs;
  let failed = false;
  return async (commands) => {
    if (performance.now() > late && !failed) return;
    await work(commands).catch((error) => {
      failed = true;
      throw error;
    });
  };
}

async function named(step: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${step}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Time that stands still until it is moved, at a whole second: a slow machine changes no story. */
function createStandingClock(): MovableClock {
  let now = Math.ceil(Date.now() / 1_000) * 1_000;
  return {
    now: () => new Date(now),
    advance(duration) {
      now += Number.parseInt(duration, 10) * 1_000;
    },
  };
}
