import type { Database, QueryLog } from './database.js';
import { migrateSqlite, requireMigratedSqlite } from './migrate-sqlite.js';
import { openSqlite } from './sqlite.js';
import { makeSqliteFile, requireSqliteFile, requireWritable, sqlitePath } from './sqlite-file.js';

interface Options {
  url: string;
  log?: QueryLog | undefined;
  existing?: boolean | undefined;
}

/**
 * Makes the SQLite file of `url` where there is none, migrates and opens it; with `existing`, rejects one that is not there
 * or not migrated. Throws an Error of one line that names DATABASE_URL.
 */
export async function createSqlite({ url, log, existing }: Options, migrations: string): Promise<Database> {
  const path = sqlitePath(url);
  try {
    if (existing) requireSqliteFile(path);
    else makeSqliteFile(path);
    await requireWritable(path);
    await (existing ? requireMigratedSqlite : migrateSqlite)(path, migrations);
    return await openSqlite(path, log);
  } catch (error) {
    throw startError(path, error as Error);
  }
}

/** One line that names the setting: SQLite's own messages, and often the system's, do not say which file they mean. */
function startError(path: string, error: Error): Error {
  const { message, cause } = error;
  if (message.startsWith('DATABASE_URL: ')) return error;
  // Prisma's adapter keeps SQLite's own message aside.
  const reason = (cause as { originalMessage?: string } | undefined)?.originalMessage ?? message;
  return new Error(`DATABASE_URL: the file ${path} cannot be used: ${reason}`, { cause: error });
}
