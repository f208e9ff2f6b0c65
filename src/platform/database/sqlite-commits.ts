import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database as Handle } from 'better-sqlite3';
import type { QueryLog } from './database.js';
import type { Prisma } from './generated/sqlite/client.js';
import { createStatements } from './sqlite-statements.js';

/** Statements that are done all or none. */
export type Job = readonly [Prisma.Sql, ...Prisma.Sql[]];

interface Waiting {
  job: Job;
  resolve(changed: number): void;
  reject(error: unknown): void;
}

/** They hold up the event loop together: a few milliseconds. */
const maxJobsPerCommit = 100;

/**
 * Runs jobs in one transaction, synchronously, so that nobody else's statements get in between. Each is done whole or not
 * at all, whatever becomes of the others: not where its first statement changes no row (its answer is 0), and not where
 * one fails (its answer is the error). Throws where none could be done.
 */
function createGroupCommit(handle: Handle, log: QueryLog | undefined) {
  const { run } = createStatements(handle, log);
  // Inside of the other transaction this one is a savepoint.
  const wholly = handle.transaction(([first, ...rest]: Job) => {
    const changed = run(first);
    if (changed > 0) for (const statement of rest) run(statement);
    return changed;
  });
  const group = handle.transaction((jobs: readonly Job[]) =>
    jobs.map((job) => {
      try {
        return wholly(job);
      } catch (error) {
        // Out of disk, SQLite itself may roll everything back.
        if (!handle.inTransaction || !(error instanceof Error)) throw error;
        return error;
      }
    }),
  );
  return (jobs: readonly Job[]): (number | Error)[] => {
    const startedAt = performance.now();
    const answers = group.immediate(jobs);
    // A statement alone is logged as itself; COMMIT marks those that belong together.
    if (jobs.some((job) => job.length > 1)) log?.('COMMIT', performance.now() - startedAt);
    return answers;
  };
}

/**
 * Returns what does a job and answers how many rows its first statement changed. One commit, and one wait for the disk,
 * for all jobs that have come when it is their turn. `alone` runs work while nobody else writes; it may run it again from its start.
 */
export function createCommits(
  handle: Handle,
  log: QueryLog | undefined,
  alone: <T>(work: () => Promise<T>) => Promise<T>,
): (job: Job) => Promise<number> {
  const commitGroup = createGroupCommit(handle, log);
  const waiting: Waiting[] = [];
  let committing = false;

  async function commitSome(): Promise<void> {
    const group: Waiting[] = [];
    try {
      const answers = await alone(async () => {
        // Between two commits the event loop goes on, and those whose requests it brings may join.
        await nextTurn();
        group.push(...waiting.splice(0, maxJobsPerCommit - group.length));
        return commitGroup(group.map(({ job }) => job));
      });
      for (const [i, answer] of answers.entries()) {
        if (answer instanceof Error) group[i]?.reject(answer);
        else group[i]?.resolve(answer);
      }
    } catch (error) {
      // Where it was nobody's turn at all, another process holds the lock for long: those who came last need not wait too.
      for (const { reject } of group.length > 0 ? group : waiting.splice(0)) reject(error);
    }
  }

  async function emptyQueue(): Promise<void> {
    committing = true;
    while (waiting.length > 0) await commitSome();
    committing = false;
  }

  return (job) =>
    new Promise((resolve, reject) => {
      waiting.push({ job, resolve, reject });
      if (!committing) void emptyQueue();
    });
}
