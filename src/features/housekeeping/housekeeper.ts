import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthError } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { historyDays } from '../login-history/login-event.js';
import type { HousekeepingStore } from './housekeeping.store.js';

/** Removes what can no longer be used, in the background: on one node at a time, in pieces that hold nobody up. */
export interface Housekeeper {
  start(): void;
  /** Removes what there is to remove, unless another node does or has just done it. */
  sweepIfDue(): Promise<void>;
  /** Waits for the piece that is being removed. */
  stop(): Promise<void>;
}

const everyMs = 60_000;
/** Small enough that on SQLite, where one write waits for the other, nobody notices. */
const rowsAtOnce = 500;
const pauseMs = 50;
const dayMs = 24 * 60 * 60_000;

interface Deps {
  store: HousekeepingStore;
  clock: Clock;
  /** Whether this node may be believed: one whose clock is wrong would remove what is in use. */
  isReady: () => Promise<boolean>;
  onFault: (error: unknown) => void;
}

export function createHousekeeper({ store, clock, isReady, onFault }: Deps): Housekeeper {
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);

  /**
   * A session that ended is kept until it would have expired as well, and all of it a day longer: until then its tokens
   * are told why they are refused, by nodes whose clocks differ, too.
   */
  function outdated() {
    const now = clock.now().getTime();
    const yesterday = new Date(now - dayMs);
    return { sessions: yesterday, mailTokens: yesterday, loginEvents: new Date(now - (historyDays + 1) * dayMs) };
  }

  /** For as long as there is something to remove, but not into the time of the next claim. */
  async function sweep(): Promise<void> {
    const until = performance.now() + everyMs / 2;
    while (!stopping.signal.aborted && performance.now() < until) {
      if (!(await isReady())) return;
      if ((await store.sweep(outdated(), rowsAtOnce)) < rowsAtOnce) return;
      await pause(pauseMs);
    }
  }

  async function sweepIfDue(): Promise<void> {
    if (!(await isReady())) return;
    const now = clock.now();
    if (await store.claim(now, new Date(now.getTime() + everyMs))) await sweep();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause(everyMs / 2 + randomInt(everyMs)); // so that nodes that started together do not meet
      if (!stopping.signal.aborted) await sweepIfDue().catch(unlessOutage(onFault));
    }
  }

  return {
    sweepIfDue,
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

/** What is left over is removed the next time; an outage is reported by those who have something to lose. */
function unlessOutage(onFault: (error: unknown) => void) {
  return (error: unknown) => {
    if (!(error instanceof AuthError)) onFault(error);
  };
}
