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

/** Together they block the event loop, for a few milliseconds. */
const maxJobsPerCommit = 100;

/** Rolls the job's savepoint back. */
class NotConfirmed extends Error {}

function isSingle({ confirm, also = [] }: Commit): boolean {
  return confirm.length + also.length === 1;
}

/**
 * Runs jobs in one transaction, synchronously, so that no other statements get in between. Each is done whole or not at
 * all, independent of the others: not where it is not confirmed (its outcome is null), and not where a statement fails
 * (its outcome is the error). Throws where none could be done.
 */
function createGroupCommit(handle: Handle, log: QueryLog | undefined) {
  const { run } = createStatements(handle, log);
  const runAll = ({ confirm, also = [] }: Commit): Rows[] => {
    const confirmed = confirm.map((statement) => {
      const { changed, rows } = run(statement);
      if (changed === 0) throw new NotConfirmed();
      return rows;
    });
    return [...confirmed, ...also.map((statement) => run(statement).rows)];
  };
  // A transaction inside of another one is a savepoint. A statement alone is all or nothing without: a sixth less time.
  const runWholly = handle.transaction(runAll);
  const group = handle.transaction((jobs: readonly Commit[]) =>
    jobs.map((job): Outcome | Error => {
      try {
        return isSingle(job) ? runAll(job) : runWholly(job);
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
    if (!jobs.every(isSingle)) log?.('COMMIT', performance.now() - startedAt);
    return answers;
  };
}

/**
 * Returns a function that does a job, as `Database.commit` promises. All jobs that arrive while another commit is running
 * share the next one, and its wait for the disk. `alone` runs work while no other work writes, and may repeat it.
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
        // Between two commits the event loop reads requests, whose jobs join this one.
        await nextTurn();
        group.push(...waiting.splice(0, maxJobsPerCommit - group.length));
        return commitGroup(group.map(({ job }) => job));
      });
      for (const [i, answer] of answers.entries()) {
        if (answer instanceof Error) group[i]?.reject(answer);
        else group[i]?.resolve(answer);
      }
    } catch (error) {
      // With an empty group the lock was not free in time: jobs that arrived later are rejected with it.
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
