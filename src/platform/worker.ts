import { randomInt } from 'node:crypto';

/** Work that is done again and again in the background, beside the requests. */
export interface Worker {
  /** The first run comes after the first wait. */
  start(): void;
  /** Ends the present wait; a wake-up during a run ends the wait after it. */
  wake(): void;
  /** No run begins any more. Resolves when the one that is under way has ended. */
  stop(): Promise<void>;
}

export interface WorkerLog {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface WorkerOptions {
  /** What the log calls it. */
  name: string;
  /** The wait between two runs, in milliseconds. Runs never overlap. */
  everyMs: number;
  /** Up to so many milliseconds are added to each wait, at random, so that nodes started together do not run together. */
  jitterMs?: number;
  /** One run. It should end soon after the signal is aborted. */
  run(stopping: AbortSignal): Promise<void>;
  log: WorkerLog;
}

/**
 * A worker that outlives its errors: a run that throws is followed by the next one. Of errors in a row only the first is
 * logged, and then the recovery. Its waits keep no process alive.
 */
export function createWorker({ name, everyMs, jitterMs = 0, run, log }: WorkerOptions): Worker {
  const stopping = new AbortController();
  const wait = createWait();
  let failing = false;
  let loop: Promise<void> | undefined;

  async function runOnce(): Promise<void> {
    try {
      await run(stopping.signal);
      if (failing) log.info({ worker: name }, 'background worker recovered');
      failing = false;
    } catch (error) {
      if (!failing) log.error({ worker: name, err: error }, 'background worker failed; it tries again');
      failing = true;
    }
  }

  async function runUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await wait.atMost(everyMs + (jitterMs > 0 ? randomInt(jitterMs) : 0));
      if (!stopping.signal.aborted) await runOnce();
    }
  }

  return {
    start() {
      loop ??= runUntilStopped();
    },
    wake: wait.end,
    async stop() {
      stopping.abort();
      wait.end();
      await loop;
    },
  };
}

/** A wait that can be ended early. An end that comes before its wait is kept for it. */
function createWait() {
  let ended = false;
  let resume: (() => void) | undefined;
  return {
    end(): void {
      ended = true;
      resume?.();
    },
    async atMost(ms: number): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        if (ended) return resolve();
        resume = resolve;
        timer = setTimeout(resolve, ms);
        timer.unref();
      });
      clearTimeout(timer);
      ended = false;
    },
  };
}
