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
  onError: (error: Error) => void;
  /** Called once when the start has to wait for PostgreSQL. */
  onWaiting?: ((message: string) => void) | undefined;
  /** True: the database must be there and migrated; it is rejected otherwise, and nothing is created or changed. */
  existing?: boolean | undefined;
  /** The folder with `sqlite` and `postgresql` in it; this package's own when left out. */
  migrationsDir?: string;
  /** How long to wait for PostgreSQL; 30 s when left out. */
  waitMs?: number;
}

// By the package, since the code runs from src/ and, bundled, from dist/.
const packageFolder = dirname(createRequire(import.meta.url).resolve('#package'));
const ownMigrations = join(packageFolder, 'prisma/migrations');

/**
 * Opens the database that `url` names, creating and migrating it first unless it is to be an `existing` one. Throws an
 * Error of one line that names DATABASE_URL where that cannot be done; everything that it had opened is closed then.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const migrations = options.migrationsDir ?? ownMigrations;
  // Each engine is loaded where it is used: the other one's driver would only lengthen the start.
  if (options.url.startsWith('file:')) {
    const { createSqlite } = await import('./open-sqlite.js');
    return createSqlite(options, join(migrations, 'sqlite'));
  }
  if (/^postgres(ql)?:\/\//.test(options.url)) {
    const { createPostgresql } = await import('./open-postgresql.js');
    return createPostgresql(options, join(migrations, 'postgresql'));
  }
  throw new Error('DATABASE_URL: the URL starts with neither file:, postgres:// nor postgresql://.');
}
