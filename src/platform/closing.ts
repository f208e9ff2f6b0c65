/** What was opened, to be closed in reverse. */
export interface Closing {
  /** Remembers how to close what has just been opened. */
  onClose(close: () => unknown): void;
  /** Closes everything, what was opened last first. One that fails to close keeps none of the others open. */
  close(): Promise<void>;
  /** Closes everything after this error, and throws the error, whatever closing throws. */
  closeAfter(error: unknown): Promise<never>;
}

export function createClosing(): Closing {
  const closers: (() => unknown)[] = [];

  async function closeAll(): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (let close = closers.pop(); close; close = closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }

  return {
    onClose(close) {
      closers.push(close);
    },
    async close() {
      const [error] = await closeAll();
      if (error !== undefined) throw error;
    },
    async closeAfter(error) {
      await closeAll();
      throw error;
    },
  };
}
