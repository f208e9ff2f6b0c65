import { unavailable } from '../../errors.js';

/** Runs one piece of work at a time, in the order of the calls. */
export interface Lock {
  /**
   * Runs `work` when all earlier calls are done. Rejects with SERVICE_UNAVAILABLE after `timeoutMs` of waiting;
   * `work` has not run then.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createLock(timeoutMs: number): Lock {
  const waiting: (() => void)[] = [];
  let taken = false;

  function acquire(): Promise<void> {
    if (!taken) {
      taken = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(turn), 1);
        reject(unavailable('The database is busy.', 1));
      }, timeoutMs);
      waiting.push(turn);
    });
  }

  /** The lock passes straight to the next call in line, so that no later one comes first. */
  function release(): void {
    const next = waiting.shift();
    if (next) next();
    else taken = false;
  }

  return {
    async run(work) {
      await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
