import type { Database as Handle, Statement } from 'better-sqlite3';
import type { QueryLog } from './database.js';
import type { Prisma } from './generated/sqlite/client.js';
import type { Rows } from './statement.js';

/** Statements in SQL on one connection, each prepared when it is first used. */
export interface Statements {
  /** The rows, those columns that are declared as DATETIME as dates. */
  all<Row>(sql: Prisma.Sql): Row[];
  /** How many rows it changed, and those that it returned (RETURNING). */
  run(sql: Prisma.Sql): { changed: number; rows: Rows };
}

interface Prepared {
  statement: Statement;
  dates: string[];
}

/** Keeps each statement prepared until the connection closes: there are few texts, and each is written in our code. */
export function createStatements(handle: Handle, log: QueryLog | undefined): Statements {
  const prepared = new Map<string, Prepared>();

  function prepare(text: string): Prepared {
    const known = prepared.get(text);
    if (known) return known;
    // The adapter has set the connection to return BigInts.
    const statement = handle.prepare(text).safeIntegers(false);
    const columns = statement.reader ? statement.columns() : [];
    const dates = columns.filter(({ type }) => type === 'DATETIME').map(({ name }) => name);
    prepared.set(text, { statement, dates });
    return { statement, dates };
  }

  function timed<T>(text: string, work: () => T): T {
    if (!log) return work();
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      log(text, performance.now() - startedAt);
    }
  }

  function all({ sql, values }: Prisma.Sql): Record<string, unknown>[] {
    const { statement, dates } = prepare(sql);
    const rows = timed(sql, () => statement.all(...values.map(toStored))) as Record<string, unknown>[];
    for (const row of rows) for (const name of dates) row[name] = fromStored(row[name]);
    return rows;
  }

  return {
    all: <Row>(sql: Prisma.Sql) => all(sql) as Row[],
    run(query) {
      const { statement } = prepare(query.sql);
      if (statement.reader) {
        const rows = all(query);
        return { changed: rows.length, rows };
      }
      const { changes } = timed(query.sql, () => statement.run(...query.values.map(toStored)));
      return { changed: changes, rows: [] };
    },
  };
}

// Dates are stored as Prisma's adapter stores them, in texts that sort.

function toStored(value: unknown): unknown {
  return value instanceof Date ? value.toISOString().replace('Z', '+00:00') : value;
}

function fromStored(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null;
}
