import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

export interface Retries {
  /** Whether the same work may succeed after this error. */
  when(error: unknown): boolean;
  /** How often the work is repeated at most; without end when left out. */
  times?: number;
  /** No repetition begins later than this after the first attempt began; any time when left out. */
  withinMs?: number;
  /** How long to wait before the repetition of this number, from 1 on; none when left out. */
  pauseMs?(repetition: number): number;
}

/** Answers what `work` answers, repeating it after errors for which that may help; throws its last error otherwise. */
export async function retry<T>(work: () => Promise<T>, retries: Retries): Promise<T> {
  const { when, times = Number.POSITIVE_INFINITY, withinMs = Number.POSITIVE_INFINITY, pauseMs } = retries;
  const deadline = performance.now() + withinMs;
  for (let repetition = 1; ; repetition++) {
    try {
      return await work();
    } catch (error) {
      if (repetition > times || performance.now() > deadline || !when(error)) throw error;
    }
    if (pauseMs) await pause(pauseMs(repetition));
  }
}

async function pause(ms: number): Promise<void> {
  await sleep(ms);
  // Many that wait would otherwise keep the event loop in its timers, and delay the input that they wait for.
  await nextTurn();
}
