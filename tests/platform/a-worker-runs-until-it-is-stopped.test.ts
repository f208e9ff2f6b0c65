import { expect, test, vi } from 'vitest';
import { createWorker, type WorkerOptions } from '../../src/platform/worker.js';
import { afterwards } from '../support/cleanup.js';

const hour = 3_600_000;

function startWorker(run: WorkerOptions['run'], everyMs = 1) {
  const log = { info: vi.fn(), error: vi.fn() };
  const worker = createWorker({ name: 'test', everyMs, run, log });
  worker.start();
  afterwards(() => worker.stop());
  return { worker, log };
}

/** A run that the test ends. */
function heldRun() {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { run: vi.fn(() => ended), end };
}

test('runs follow one another and never overlap', async () => {
  let [running, most, runs] = [0, 0, 0];
  startWorker(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    runs += 1;
  });
  await vi.waitFor(() => expect(runs).toBeGreaterThan(3), 10_000);
  expect(most).toBe(1);
});

test('an error is followed by the next run; of a row of errors the first is logged, and then the recovery', async () => {
  let runs = 0;
  const { log } = startWorker(async () => {
    runs += 1;
    if (runs <= 3) throw new Error(`error ${runs}`);
  });
  await vi.waitFor(() => expect(runs).toBeGreaterThan(5), 10_000);
  expect(log.error.mock.calls.map(([{ worker, err }]) => [worker, err.message])).toEqual([['test', 'error 1']]);
  expect(log.info).toHaveBeenCalledOnce();
});

test('an error that is thrown before the first await is no different', async () => {
  const { log } = startWorker(() => {
    throw new Error('at once');
  });
  await vi.waitFor(() => expect(log.error).toHaveBeenCalledOnce(), 10_000);
});

test('stopping ends a wait of an hour at once, and nothing runs afterwards', async () => {
  const run = vi.fn(async () => {});
  const { worker } = startWorker(run, hour);
  await worker.stop();
  worker.wake();
  expect(run).not.toHaveBeenCalled();
});

test('stopping waits for the run that is under way, which learns of it by its signal', async () => {
  const { run, end } = heldRun();
  const { worker } = startWorker(run);
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce(), 10_000);

  let stopped = false;
  const stop = worker.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  const [signal] = run.mock.calls[0] as unknown as [AbortSignal];
  expect([signal.aborted, stopped]).toEqual([true, false]);

  end();
  await stop;
  expect(run).toHaveBeenCalledOnce();
});

test('waking ends a wait, and waking during a run ends the wait after it', async () => {
  const { run, end } = heldRun();
  const { worker } = startWorker(run, hour);
  worker.wake();
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce(), 10_000);
  worker.wake();
  end();
  await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(2), 10_000);
});

test('a worker that was never started stops', async () => {
  const worker = createWorker({ name: 'test', everyMs: hour, run: async () => {}, log: { info() {}, error() {} } });
  await worker.stop();
});
