import { setTimeout as sleep } from 'node:timers/promises';

/** Work that no request waits for. Its errors are reported, never thrown to the caller, and `settled` waits for the rest. */
export interface Background {
  /** Starts a moment later, when the answer to the request that caused it is on its way. */
  run(work: () => Promise<unknown>): void;
  /** Resolves when everything that was started has ended. */
  settled(): Promise<void>;
}

export function createBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>();
  return {
    run(work) {
      const task = sleep(20)
        .then(work)
        .then(() => undefined, onError);
      running.add(task);
      void task.finally(() => running.delete(task));
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
