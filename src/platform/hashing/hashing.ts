import { availableParallelism } from 'node:os';
import { unavailable } from '../../errors.js';
import { timeLimits } from '../time-limits.js';
import type { Task } from './hash-worker.js';
import { readStoredHash, rejectionCost } from './stored-hash.js';
import { createThreadPool } from './thread-pool.js';
import { createWorkload } from './workload.js';

/**
 * Password hashing beside the event loop. Passwords are taken as they come: normalise them first. `hash`, `verify` and
 * `replace` throw `SERVICE_UNAVAILABLE` at once, with a time to retry after, where the answer would come too late or too
 * many wait. What they admit is answered.
 */
export interface Hashing {
  /** A hash to keep. Throws a TypeError for a password with NUL or a lone surrogate, which the rules have to reject before. */
  hash(password: string): Promise<string>;
  /**
   * Whether `stored` was made from this password. Null (no such account) and whatever is no hash answer false. Every
   * false takes the same work, that of the highest of these costs: the configured one, `highestCost`, and that of
   * `stored`. So that accounts cannot be told apart, `highestCost` has to be the highest cost of any stored hash.
   */
  verify(password: string, stored: string | null, highestCost?: number | null): Promise<boolean>;
  /**
   * Verifies the password as `verify` does, and where it is right makes a hash of `next`; null where it is wrong. It
   * waits for a thread once, where verifying and hashing apart would wait twice.
   */
  replace(password: string, stored: string, next: string, highestCost?: number | null): Promise<string | null>;
  /** Whether `stored`, just verified, was made at another cost than new ones are. */
  needsRenewal(stored: string): boolean;
  /** bcrypt's cost of a hash; 0 where it is none. */
  costOf(stored: string): number;
  /** Rejects new work with `SERVICE_UNAVAILABLE`, finishes what it has, and ends the threads. */
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

/** Starts the threads and does not wait for them: what comes before they are up is queued. */
export function createHashing({ cost, threads = availableParallelism(), maxQueue = 32 }: HashingSettings): Hashing {
  const pool = createThreadPool(threads);
  const workload = createWorkload({ threads, maxWaiting: maxQueue, answerWithinMs: timeLimits.hashMs });
  const inHand = new Set<Promise<unknown>>();
  let closing = false;

  function admit(rounds: number): void {
    if (closing) throw unavailable('The server is stopping.', 1);
    const retryAfterSeconds = workload.retryAfterSeconds(rounds, performance.now());
    if (retryAfterSeconds !== null) throw unavailable('Too many sign-ins are queued.', retryAfterSeconds);
  }

  /** `rounds`: the most that the task can take. */
  async function run<T>(task: Task, rounds: number): Promise<T> {
    const work = workload.add(rounds);
    const running = pool.run(task, () => {
      work.startedAt = performance.now();
    });
    inHand.add(running);
    try {
      const outcome = await running;
      workload.measure(outcome.rounds, outcome.workMs);
      return outcome.value as T;
    } finally {
      inHand.delete(running);
      workload.remove(work);
    }
  }

  /** The parts of a task that decide whether the password is right. */
  function verification(password: string, stored: string | null, highestCost: number | null | undefined) {
    const costs = { cost, highestCost, stored };
    return { password, stored: isHashable(password) ? stored : null, rejectionCost: rejectionCost(costs) };
  }

  return {
    async hash(password) {
      demandHashable(password);
      admit(2 ** cost);
      return run({ verb: 'hash', password, cost }, 2 ** cost);
    },
    async verify(password, stored, highestCost) {
      const parts = verification(password, stored, highestCost);
      admit(2 ** parts.rejectionCost);
      return run({ verb: 'verify', ...parts }, 2 ** parts.rejectionCost);
    },
    async replace(password, stored, next, highestCost) {
      demandHashable(next);
      const parts = verification(password, stored, highestCost);
      const rejection = 2 ** parts.rejectionCost;
      // As `verify` is admitted. If the new hash counted, a full queue would tell accounts whose hash is to be renewed.
      admit(rejection);
      const known = parts.stored === null ? null : readStoredHash(parts.stored);
      return run({ verb: 'replace', ...parts, next, cost }, Math.max(rejection, 2 ** (known?.cost ?? 0) + 2 ** cost));
    },
    costOf: (stored) => readStoredHash(stored)?.cost ?? 0,
    needsRenewal: (stored) => readStoredHash(stored)?.cost !== cost,
    async close() {
      closing = true;
      await Promise.allSettled(inHand);
      await pool.close();
    },
  };
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
