import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createShutdown, type Stoppable } from '../../src/platform/shutdown.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function createParts(sameSignalMs = 0) {
  const exits: number[] = [];
  const forced: string[] = [];
  const shutdown = createShutdown({ exit: (status) => void exits.push(status), timeoutMs: 14_000, sameSignalMs });
  const startWith = (stop: Stoppable['stop']) =>
    shutdown.onStarted({ stop, onForced: (reason) => void forced.push(reason) });
  return { exits, forced, shutdown, startWith };
}

const never = () => new Promise<void>(() => {});

test('before the start a signal exits with 0', async () => {
  const { exits, shutdown } = createParts();
  shutdown.onSignal('SIGTERM');
  expect(exits).toEqual([0]);
});

test('a stop that is done exits with 0', async () => {
  const { exits, forced, shutdown, startWith } = createParts();
  const signals: string[] = [];
  startWith(async (signal) => void signals.push(signal));
  shutdown.onSignal('SIGINT');
  await vi.advanceTimersByTimeAsync(0);
  expect({ exits, forced, signals }).toEqual({ exits: [0], forced: [], signals: ['SIGINT'] });
});

test('a stop that takes longer than the timeout exits with 1', async () => {
  const { exits, forced, shutdown, startWith } = createParts();
  startWith(never);
  shutdown.onSignal('SIGTERM');
  await vi.advanceTimersByTimeAsync(13_999);
  expect(exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect({ exits, forced }).toEqual({ exits: [1], forced: ['timeout'] });
});

test('a stop that fails exits with 1', async () => {
  const { exits, forced, shutdown, startWith } = createParts();
  startWith(() => Promise.reject(new Error('the disk is gone')));
  shutdown.onSignal('SIGTERM');
  await vi.advanceTimersByTimeAsync(0);
  expect({ exits, forced }).toEqual({ exits: [1], forced: ['error'] });
});

test('a second signal exits with 1 at once', () => {
  const { exits, forced, shutdown, startWith } = createParts();
  startWith(never);
  shutdown.onSignal('SIGINT');
  shutdown.onSignal('SIGINT');
  expect({ exits, forced }).toEqual({ exits: [1], forced: ['second signal'] });
});

test('a signal that npm has passed on is the same one; a later one is the second', async () => {
  const { exits, shutdown, startWith } = createParts(1_000);
  startWith(never);
  shutdown.onSignal('SIGINT');
  await vi.advanceTimersByTimeAsync(999);
  shutdown.onSignal('SIGINT');
  expect(exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  shutdown.onSignal('SIGINT');
  expect(exits).toEqual([1]);
});
