import SqliteHandle from 'better-sqlite3';
import type { Database } from '../../../src/platform/database/database.js';
import { type DatabaseOptions, openDatabase } from '../../../src/platform/database/open.js';
import type { Statement } from '../../../src/platform/database/statement.js';
import { afterwards } from '../../support/cleanup.js';
import { type Engine, freshDatabaseUrl, migratedDatabaseUrl } from '../../support/databases.js';

/** Opens the database at `url`, or a fresh one of the engine; closed after the test. */
export async function open(engineOrUrl: Engine | URL, options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const url = engineOrUrl instanceof URL ? engineOrUrl.href : await migratedDatabaseUrl(engineOrUrl);
  const database = await openDatabase({ url, poolSize: 5, onError: () => undefined, ...options });
  afterwards(() => database.close());
  return database;
}

/** A SQLite database whose lock another connection holds until it commits or rolls back. */
export async function besideAnother() {
  const url = await freshDatabaseUrl('sqlite');
  const database = await open(new URL(url));
  const other = new SqliteHandle(url.slice('file:'.length));
  other.exec('BEGIN IMMEDIATE');
  return { database, other };
}

/** Runs one statement. False: it changed no row. */
export async function run(database: Database, sql: Statement): Promise<boolean> {
  return (await database.commit({ confirm: [sql] })) !== null;
}

/** A row for the tables that need nothing but a user. */
export function user(id: string) {
  return { id, email: `${id}@example.com`, createdAt: new Date(0) };
}

/** The ids of all users. */
export function userIds(database: Database): Promise<string[]> {
  return database.read(async (client) => {
    const rows = await client.user.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    return rows.map(({ id }) => id);
  });
}
