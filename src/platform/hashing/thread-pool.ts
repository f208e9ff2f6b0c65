import { Worker } from 'node:worker_threads';
import type { Outcome, Report, Task } from './hash-worker.js';

/** Hashing threads. Each does one task at a time; tasks that find no free thread wait, first come, first served. */
export interface ThreadPool {
  /**
   * Calls `onStart` when a thread takes the task up. Rejects where that thread ends before it has answered; the next
   * task gets a new thread.
   */
  run(task: Task, onStart: () => void): Promise<Outcome>;
  /** Ends the threads. For when no task is in hand. */
  close(): Promise<void>;
}

interface Job {
  task: Task;
  onStart(): void;
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

interface Thread {
  worker: Worker;
  job: Job | undefined;
}

/** Our own and not a package: piscina, for one, leaves queued tasks unanswered when threads fail to start. */
export function createThreadPool(size: number): ThreadPool {
  const threads = new Set<Thread>();
  const waiting: Job[] = [];

  /** The others start when there is work for them, and stay. */
  startThread();

  function startThread(): Thread {
    const thread: Thread = { worker: newWorker(), job: undefined };
    const { worker } = thread;
    worker.on('message', (report: Report) => (report === 'started' ? thread.job?.onStart() : finish(thread, report)));
    worker.once('error', (error) => lose(thread, error instanceof Error ? error : new Error(String(error))));
    worker.once('exit', (code) => lose(thread, new Error(`A hashing thread ended with code ${code}.`)));
    worker.unref(); // A thread without work does not keep the process running.
    threads.add(thread);
    return thread;
  }

  function dispatch(): void {
    while (waiting.length > 0) {
      const thread = freeThread();
      if (!thread) return;
      thread.job = waiting.shift();
      thread.worker.ref();
      thread.worker.postMessage(thread.job?.task);
    }
  }

  function freeThread(): Thread | undefined {
    for (const thread of threads) if (!thread.job) return thread;
    return threads.size < size ? startThread() : undefined;
  }

  function finish(thread: Thread, outcome: Outcome): void {
    const { job } = thread;
    thread.job = undefined;
    thread.worker.unref();
    job?.resolve(outcome);
    dispatch();
  }

  /** It threw, ran out of memory, or could not start. */
  function lose(thread: Thread, error: Error): void {
    threads.delete(thread);
    thread.job?.reject(error);
    thread.job = undefined;
    dispatch();
  }

  return {
    run: (task, onStart) =>
      new Promise((resolve, reject) => {
        waiting.push({ task, onStart, resolve, reject });
        dispatch();
      }),
    async close() {
      await Promise.all(Array.from(threads, ({ worker }) => worker.terminate()));
    },
  };
}

function newWorker(): Worker {
  // The threads need nothing of the process: neither its secrets nor the loaders that it was started with.
  return new Worker(new URL('./hash-worker.js', import.meta.url), { env: {}, execArgv: [], name: 'hashing' });
}
