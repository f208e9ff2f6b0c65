import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.js';
import { createWorker, type Worker, type WorkerLog } from '../../platform/worker.js';
import type { Expiring } from '../feature.js';
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

interface Deps {
  store: HousekeepingStore;
  expiring: readonly Expiring[];
  clock: Clock;
  /** False: this node removes nothing. One whose clock is wrong would remove what is in use. */
  isReady: () => Promise<boolean>;
  log: WorkerLog;
}

export function createHousekeeper({ store, expiring, clock, isReady, log }: Deps): Housekeeper {
  /** Removes a piece of each kind. Answers the largest number. */
  async function removePieces(): Promise<number> {
    let largest = 0;
    for (const { remove } of expiring) largest = Math.max(largest, await remove(clock.now(), rowsAtOnce));
    return largest;
  }

  /** For as long as there is something to remove, but not into the time of the next claim. */
  async function sweep(stopping?: AbortSignal): Promise<void> {
    const until = performance.now() + everyMs / 2;
    while (!stopping?.aborted && performance.now() < until) {
      if (!(await isReady())) return;
      if ((await removePieces()) < rowsAtOnce) return;
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
