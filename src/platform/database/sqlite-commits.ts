import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database as Handle } from 'better-sqlite3';
import type { QueryLog } from './database.js';
import { createStatements } from './sqlite-statements.js';
import type { Commit, Rows } from './statement.js';

/** What each statement returned; null where one of those that confirm changed no row. */
type Outcome = Rows[] | null;

interface Waiting {
  job: Commit;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** They hold up the event loop together: a few milliseconds. */
const maxJobsPerCommit = 100;

/** Rolls the job's savepoint back. */
class NotConfirmed extends Error {}

/**
 * Runs jobs in one transaction, synchronously, so that no other statements get in between. Each is done whole or not at
 * all, whatever becomes of the others: not where it is not confirmed (its outcome is null), and not where a statement
 * fails (its outcome is the error). Throws where none could be done.
 */
function createGroupCommit(handle: Handle, log: QueryLog | undefined) {
  const { run } = createStatements(handle, log);
  // Inside of the other transaction this one is a savepoint.
  const wholly = handle.transaction(({ confirm, also = [] }: Commit): Rows[] => {
    const confirmed = confirm.map((statement) => {
      const { changed, rows } = run(statement);
      if (changed === 0) throw new NotConfirmed();
      return rows;
    });
    return [...confirmed, ...also.map((statement) => run(statement).rows)];
  });
  const group = handle.transaction((jobs: readonly Commit[]) =>
    jobs.map((job): Outcome | Error => {
      try {
        return wholly(job);
      } catch (error) {
        if (error instanceof NotConfirmed) return null;
        // Out of disk, SQLite itself may roll everything back.
        if (!handle.inTransaction || !(error instanceof Error)) throw error;
        return error;
      }
    }),
  );
  return (jobs: readonly Commit[]): (Outcome | Error)[] => {
    const startedAt = performance.now();
    const answers = group.immediate(jobs);
    // A statement alone is logged as itself; COMMIT marks those that belong together.
    if (jobs.some(({ confirm, also = [] }) => confirm.length + also.length > 1))
      log?.('COMMIT', performance.now() - startedAt);
    return answers;
  };
}

/**
 * Returns what does a job, as `Database.commit` promises. One commit, and one wait for the disk,
 * for all jobs that have come when it is their turn. `alone` runs work while nobody else writes; it may run it again from its start.
 */
export function createCommits(
  handle: Handle,
  log: QueryLog | undefined,
  alone: <T>(work: () => Promise<T>) => Promise<T>,
): (job: Commit) => Promise<Outcome> {
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
