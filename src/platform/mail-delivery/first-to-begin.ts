/** One try at something that must be done once. */
export interface Try {
  /** Asked before the part that must not be repeated. True to one try alone; the others are broken off. */
  begin(): boolean;
  ending: AbortSignal;
}

export interface FirstToBeginOptions {
  /** While nothing has begun, so often another try is made beside the first, in place of the one before. */
  everyMs: number;
  signal: AbortSignal;
  /** An error that another try would meet as well. */
  isFinal: (error: unknown) => boolean;
}

/**
 * Does something by the first of several tries that gets as far as to begin: one that may wait for long, and beside it
 * short ones, one after the other. Ends as the try that has begun ends; or as the long one does, where none has begun.
 */
export function firstToBegin(
  attempt: (one: Try) => Promise<void>,
  { everyMs, signal, isFinal }: FirstToBeginOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const long = new AbortController();
    let short = new AbortController();
    let chosen: AbortController | undefined;
    const timer = setInterval(tryBeside, everyMs);

    function tryBeside(): void {
      short.abort();
      short = new AbortController();
      run(short);
    }

    function run(own: AbortController): void {
      attempt({ begin: () => begin(own), ending: AbortSignal.any([signal, own.signal]) }).then(
        () => finish(resolve),
        (error: unknown) => {
          const decides = chosen === undefined ? own === long || isFinal(error) : own === chosen;
          if (decides) finish(() => reject(error));
        },
      );
    }

    function begin(own: AbortController): boolean {
      if (chosen !== undefined || own.signal.aborted) return chosen === own;
      chosen = own;
      clearInterval(timer);
      (own === long ? short : long).abort();
      return true;
    }

    function finish(settle: () => void): void {
      clearInterval(timer);
      long.abort();
      short.abort();
      settle();
    }

    run(long);
  });
}
