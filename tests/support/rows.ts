import Sqlite from 'better-sqlite3';
import pg from 'pg';

/** What the database at `url` answers to this statement, behind the service's back. */
export async function rowsOf<Row>(url: string, sql: string): Promise<Row[]> {
  if (!url.startsWith('file:')) {
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  }
  const database = new Sqlite(url.replace('file:', ''));
  const rows = database.prepare(sql).all() as Row[];
  database.close();
  return rows;
}
