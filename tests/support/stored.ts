import Sqlite from 'better-sqlite3';
import pg from 'pg';

type Row = Record<string, unknown>;

/** Every row of every table, by table: what somebody gets to see who has stolen the database. */
export async function storedRows(databaseUrl: string): Promise<Record<string, Row[]>> {
  return databaseUrl.startsWith('file:') ? fromSqlite(databaseUrl.slice('file:'.length)) : fromPostgres(databaseUrl);
}

/** The password hash of the account with this address. */
export async function storedHash(databaseUrl: string, email: string): Promise<string> {
  const { User: users = [], Password: passwords = [] } = await storedRows(databaseUrl);
  const userId = users.find((user) => user.email === email)?.id;
  return String(passwords.find((password) => password.userId === userId)?.hash);
}

function fromSqlite(file: string): Record<string, Row[]> {
  const database = new Sqlite(file, { readonly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
    return Object.fromEntries(tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all() as Row[]]));
  } finally {
    database.close();
  }
}

async function fromPostgres(url: string): Promise<Record<string, Row[]>> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const tables = await client.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
    const rows: Record<string, Row[]> = {};
    for (const { name } of tables.rows) rows[name] = (await client.query(`SELECT * FROM "${name}"`)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
