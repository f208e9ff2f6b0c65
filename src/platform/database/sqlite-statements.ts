import type { Database as Handle, Statement } from 'better-sqlite3';
import type { QueryLog } from './database.js';
import type { Prisma } from './generated/sqlite/client.js';

/** Statements in SQL on one connection, each prepared when it is first used. */
export interface Statements {
  /** The rows, those columns that are declared as DATETIME as dates. */
  all<Row>(sql: Prisma.Sql): Row[];
  /** How many rows it changed. */
  run(sql: Prisma.Sql): number;
}

interface Prepared {
  statement: Statement;
  dates: string[];
}

/** Keeps what it has prepared for good: there are few texts, and each is written in our code. */
export function createStatements(handle: Handle, log: QueryLog | undefined): Statements {
  const prepared = new Map<string, Prepared>();

  function prepare(text: string): Prepared {
    const known = prepared.get(text);
    if (known) return known;
    // The adapter has made the connection answer with BigInts.
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

  return {
    all<Row>({ sql, values }: Prisma.Sql) {
      const { statement, dates } = prepare(sql);
      const rows = timed(sql, () => statement.all(...values.map(toStored))) as Record<string, unknown>[];
      for (const row of rows) for (const name of dates) row[name] = fromStored(row[name]);
      return rows as Row[];
    },
    run({ sql, values }) {
      const { statement } = prepare(sql);
      return timed(sql, () => statement.run(...values.map(toStored))).changes;
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
