import { unavailable } from '../../errors.js';

/** One at a time, in the order of asking. */
export interface Lock {
  /**
   * Runs `work` when all that asked before are done. Refuses with SERVICE_UNAVAILABLE what has waited `patienceMs`
   * for its turn; `work` has not run then.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createLock(patienceMs: number): Lock {
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
      }, patienceMs);
      waiting.push(turn);
    });
  }

  /** The lock passes straight to the next in line: nobody can slip in between. */
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
