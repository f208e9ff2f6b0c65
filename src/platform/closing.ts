/** What was opened, to be closed in reverse. */
export interface Closing {
  /** Remembers how to close what has just been opened. */
  onClose(close: () => unknown): void;
  /** Closes everything, what was opened last first. One that fails to close keeps none of the others open. */
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const closers: (() => unknown)[] = [];
  return {
    onClose(close) {
      closers.push(close);
    },
    async close() {
      const errors: unknown[] = [];
      for (let close = closers.pop(); close; close = closers.pop()) {
        try {
          await close();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
