import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.js';
import { createWorker, type Worker, type WorkerLog } from '../../platform/worker.js';
import { historyDays } from '../login-history/login-event.js';
import type { HousekeepingStore } from './housekeeping.store.js';

/** Removes what can no longer be used, in the background: on one node at a time, in small pieces. */
export interface Housekeeper extends Pick<Worker, 'start' | 'stop'> {
  /** Removes what there is to remove, unless another node does it or has just done it. */
  sweepIfDue(): Promise<void>;
}

const everyMs = 60_000;
/** Small enough that on SQLite, where one write waits for the other, no request waits long. */
const rowsAtOnce = 500;
const pauseMs = 50;
const dayMs = 24 * 60 * 60_000;

interface Deps {
  store: HousekeepingStore;
  clock: Clock;
  /** False: this node removes nothing. One whose clock is wrong would remove what is in use. */
  isReady: () => Promise<boolean>;
  log: WorkerLog;
}

export function createHousekeeper({ store, clock, isReady, log }: Deps): Housekeeper {
  /**
   * A session that ended is kept until it would have expired as well, and all of it a day longer: until then its tokens
   * are answered with the reason why they are rejected, also by nodes whose clocks differ.
   */
  function outdated() {
    const now = clock.now().getTime();
    const yesterday = new Date(now - dayMs);
    return { sessions: yesterday, mailTokens: yesterday, loginEvents: new Date(now - (historyDays + 1) * dayMs) };
  }

  /** For as long as there is something to remove, but not into the time of the next claim. */
  async function sweep(stopping?: AbortSignal): Promise<void> {
    const until = performance.now() + everyMs / 2;
    while (!stopping?.aborted && performance.now() < until) {
      if (!(await isReady())) return;
      if ((await store.sweep(outdated(), rowsAtOnce)) < rowsAtOnce) return;
      await sleep(pauseMs);
    }
  }

  async function sweepIfDue(stopping?: AbortSignal): Promise<void> {
    if (!(await isReady())) return;
    const now = clock.now();
    if (await store.claim(now, new Date(now.getTime() + everyMs))) await sweep(stopping);
  }

  const { start, stop } = createWorker({
    name: 'housekeeping',
    everyMs: everyMs / 2,
    jitterMs: everyMs,
    run: sweepIfDue,
    log,
  });
  return { sweepIfDue: () => sweepIfDue(), start, stop };
}
