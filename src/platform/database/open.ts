import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Database, QueryLog } from './database.js';

export interface DatabaseOptions {
  /** `file:…` is SQLite, `postgres://…` and `postgresql://…` are PostgreSQL. */
  url: string;
  /** PostgreSQL connections; SQLite has two. */
  poolSize: number;
  /** Where statements go while debugging; left out, they are not even measured. */
  log?: QueryLog | undefined;
  /** A connection was lost while nothing waited for it. Nothing need be done. */
  onFault: (error: Error) => void;
  /** Called once when the start has to wait for PostgreSQL. */
  onWaiting?: ((message: string) => void) | undefined;
  /** The folder with `sqlite` and `postgresql` in it; this package's own when left out. */
  migrationsDir?: string;
  /** How long to wait for PostgreSQL; 30 s when left out. */
  waitMs?: number;
}

// By the package, since the code runs from src/ and, bundled, from dist/.
const packageFolder = dirname(createRequire(import.meta.url).resolve('#package'));
const ownMigrations = join(packageFolder, 'prisma/migrations');

/**
 * Opens the database that `url` names, creating and migrating it first. Throws an Error fit for the operator when the
 * URL names neither engine, a migration fails, SQLite does not take its settings, or PostgreSQL stays out of reach;
 * everything that it had opened is closed then.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const migrations = options.migrationsDir ?? ownMigrations;
  if (options.url.startsWith('file:')) return createSqlite(options, join(migrations, 'sqlite'));
  if (/^postgres(ql)?:\/\//.test(options.url)) {
    const { createPostgresql } = await import('./open-postgresql.js');
    return createPostgresql(options, join(migrations, 'postgresql'));
  }
  throw new Error('DATABASE_URL: the URL starts with neither file:, postgres:// nor postgresql://.');
}

// Each engine is loaded where it is used: the other one's driver would only lengthen the start.

async function createSqlite({ url, log }: DatabaseOptions, migrations: string): Promise<Database> {
  const { openSqlite, prepareSqliteFile, sqlitePath } = await import('./sqlite.js');
  const { migrateSqlite } = await import('./migrate-sqlite.js');
  const path = sqlitePath(url);
  try {
    prepareSqliteFile(path);
    await migrateSqlite(path, migrations);
    return await openSqlite(path, log);
  } catch (error) {
    throw naming(path, error as NodeJS.ErrnoException);
  }
}

/** SQLite's own words, and often the system's, do not say which file they mean. */
function naming(path: string, error: NodeJS.ErrnoException): Error {
  const { code = '', message } = error;
  if (!/^(SQLITE_\w+|E[A-Z]+)$/.test(code)) return error;
  return new Error(`DATABASE_URL: the file ${path} cannot be used: ${message}`, { cause: error });
}
