import { setTimeout as sleep } from 'node:timers/promises';
import { SonicBoom } from 'sonic-boom';

/** Where log lines go. Writing never throws and never waits; a line is written whole or dropped whole. */
export interface LogOutput {
  write(line: string): void;
  /** Calls `report` with the number of dropped lines, each time that writing works again. */
  onRecovery(report: (dropped: number) => void): void;
  /** Resolves when everything kept is written, after `timeoutMs` at the latest. */
  flush(timeoutMs: number): Promise<void>;
}

const maxBufferedBytes = 1_000_000;
const retryMs = 100;

/**
 * Lines written at once to a file descriptor, whose writes must not block (O_NONBLOCK, or a file). While that fails (full
 * disk, closed pipe, a reader that has stopped reading), up to 1 MB is kept and retried, and further lines are dropped and
 * counted.
 */
export function createLogOutput(fd: number): LogOutput {
  let failing = false;
  let dropped = 0;
  let retries: NodeJS.Timeout | undefined;
  let report: (dropped: number) => void = () => {};
  // Synchronous: an asynchronous write to a pipe that is not read would block a thread, and process.exit() waits for it.
  const stream = new SonicBoom({ fd, sync: true, maxLength: maxBufferedBytes, retryEAGAIN: () => false });
  stream.on('drop', () => dropped++);
  stream.on('error', () => {
    if (failing) return;
    failing = true;
    stream.once('drain', recover);
    // An empty write makes the stream try again to write what it has kept.
    retries = setInterval(() => stream.write(''), retryMs).unref();
  });

  function recover(): void {
    failing = false;
    clearInterval(retries);
    stream.write(''); // Lines since the drain may have failed again.
    if (failing || dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    report(lines);
  }

  return {
    write: (line) => void stream.write(line),
    onRecovery: (callback) => {
      report = callback;
    },
    async flush(timeoutMs) {
      const drained = new Promise((resolve) => stream.once('drain', resolve));
      if (failing) await Promise.race([drained, sleep(timeoutMs)]);
    },
  };
}
