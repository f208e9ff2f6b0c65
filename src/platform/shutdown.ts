/** What a signal stops. */
export interface Stoppable {
  /** Finishes the work in progress and closes everything. */
  stop(signal: string): Promise<void>;
  /** Logs why the process ends before `stop` has resolved. */
  onForced(reason: string, error?: unknown): void;
}

export interface ShutdownOptions {
  /** Ends the process. */
  exit(status: number): void;
  /** `stop` may take this long; then the process ends with 1. */
  timeoutMs: number;
  /** A second signal that comes sooner than this after the first is taken for the same one. */
  sameSignalMs: number;
}

export interface Shutdown {
  /** Called for every SIGTERM and SIGINT. */
  onSignal(signal: string): void;
  /** Until this is called there is nothing to stop, and a signal ends the process at once, with 0. */
  onStarted(stoppable: Stoppable): void;
}

/**
 * Decides how a signal ends the process: with 0 when everything is closed; with 1 when that fails or takes too long, or
 * at once when a second signal comes.
 */
export function createShutdown({ exit, timeoutMs, sameSignalMs }: ShutdownOptions): Shutdown {
  let stoppable: Stoppable | undefined;
  let firstSignalAt: number | undefined;

  function force(reason: string, error?: unknown): void {
    stoppable?.onForced(reason, error);
    exit(1);
  }

  async function stop(signal: string): Promise<void> {
    if (!stoppable) return exit(0);
    setTimeout(() => force('timeout'), timeoutMs).unref();
    try {
      await stoppable.stop(signal);
    } catch (error) {
      return force('error', error);
    }
    exit(0);
  }

  return {
    onSignal(signal) {
      const now = performance.now();
      if (firstSignalAt === undefined) {
        firstSignalAt = now;
        void stop(signal);
      } else if (now - firstSignalAt >= sameSignalMs) {
        force('second signal');
      }
    },
    onStarted(started) {
      stoppable = started;
    },
  };
}
