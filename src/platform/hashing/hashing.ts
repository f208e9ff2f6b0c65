import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { unavailable } from '../../errors.js';
import type { HashTask, Outcome, ReplaceTask, VerifyTask } from './hash-worker.js';
import { readStoredHash } from './stored-hash.js';

/**
 * Password hashing beside the event loop. Passwords are taken as they come: normalise them first. All three
 * throw `SERVICE_UNAVAILABLE` at once when the queue is full, and about 4 s later when no thread came free in time.
 */
export interface Hashing {
  /** A hash to keep. The password must have passed the rules: NUL or a lone surrogate in it is a fault of the caller. */
  hash(password: string): Promise<string>;
  /**
   * Whether `stored` was made from this password. Null (no such account) and whatever is no hash answer false, after
   * the same work as a wrong password. A hash of a higher cost than configured does take longer, right or wrong.
   */
  verify(password: string, stored: string | null): Promise<boolean>;
  /**
   * Verifies the password, and where it is right makes a hash of `next`; null where it is wrong. Its caller waits in the
   * queue once, where verifying and hashing apart would wait twice.
   */
  replace(password: string, stored: string, next: string): Promise<string | null>;
  /** Whether `stored`, just verified, was made at another cost than new ones are. */
  needsRenewal(stored: string): boolean;
  /** Refuses new work with `SERVICE_UNAVAILABLE`, finishes what it has (5 s at most), and ends the threads. */
  close(): Promise<void>;
}

export interface HashingSettings {
  /** bcrypt's cost: 4 to 15. */
  cost: number;
  /** One for each core, where not given. */
  threads?: number;
  /** How many may wait beyond those being worked on. */
  maxQueue?: number;
}

/** The start is the queue's to say. */
type WithoutStart<Task> = Task extends unknown ? Omit<Task, 'startBy'> : never;

/** Requests are promised an answer within 5 s; the rest is for the database and the way there and back. */
const ANSWER_WITHIN_MS = 4_500;
/** However slow the machine: somebody who comes while a thread is idle is served. */
const SHORTEST_PATIENCE_MS = 500;

/** Starts the threads and does not wait for them: what comes before they are up is queued. */
export function createHashing({ cost, threads = availableParallelism(), maxQueue = 32 }: HashingSettings): Hashing {
  const pool = startThreads(threads);
  const inHand = new Set<Promise<unknown>>();
  let typicalMs = 0.07 * 2 ** cost; // A guess that the measured times replace.
  let closing = false;

  async function run<T>(
    name: 'hash' | 'verify' | 'replace',
    task: WithoutStart<HashTask | VerifyTask | ReplaceTask>,
  ): Promise<T> {
    if (closing) throw unavailable('The server is stopping.', 1);
    if (inHand.size >= threads + maxQueue) throw tooMany();
    const running: Promise<Outcome<T>> = pool.run({ ...task, startBy: startBy() }, { name });
    inHand.add(running);
    const outcome = await running.finally(() => inHand.delete(running));
    if (outcome === null) throw tooMany();
    typicalMs += (outcome.workMs - typicalMs) / 8;
    return outcome.value;
  }

  /** Real time and no Clock, since the threads compare it with theirs. */
  function startBy(): number {
    return Date.now() + Math.max(ANSWER_WITHIN_MS - typicalMs, SHORTEST_PATIENCE_MS);
  }

  /** Suggests the time in which those ahead will be through, which is never longer than they are willing to wait. */
  function tooMany() {
    const seconds = Math.ceil(((inHand.size / threads) * typicalMs) / 1000);
    return unavailable('Too many sign-ins are queued.', Math.min(Math.max(seconds, 1), 5));
  }

  return {
    async hash(password) {
      demandHashable(password);
      return run('hash', { password, cost });
    },
    verify: (password, stored) => run('verify', { password, cost, stored: isHashable(password) ? stored : null }),
    async replace(password, stored, next) {
      demandHashable(next);
      return run('replace', { password, cost, stored: isHashable(password) ? stored : null, next });
    },
    needsRenewal: (stored) => readStoredHash(stored)?.cost !== cost,
    async close() {
      closing = true;
      await Promise.allSettled(inHand);
      // Not pool.close(): it counts idle threads in a way that can lose queued tasks.
      await pool.destroy();
    },
  };
}

function startThreads(threads: number): Piscina {
  return new Piscina({
    filename: new URL('./hash-worker.js', import.meta.url).href,
    name: 'verify',
    // The others start when there is work for them, and stay.
    minThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    maxThreads: threads,
    // Otherwise whoever cannot be served yet is sent to the end of the queue.
    stricterFIFO: true,
    recordTiming: false,
    // The threads need nothing of the process: neither its secrets nor the loaders that it was started with.
    env: {},
    execArgv: [],
  });
}

function demandHashable(password: string): void {
  if (!isHashable(password)) throw new TypeError('A password with NUL or a lone surrogate cannot be hashed.');
}

/**
 * bcrypt repeats its key with a NUL in between, so `abc` and `abc\0abc` are one password to it; and every lone surrogate
 * is the same replacement character to SHA-384.
 */
function isHashable(password: string): boolean {
  return !password.includes('\0') && !/\p{Surrogate}/u.test(password);
}
