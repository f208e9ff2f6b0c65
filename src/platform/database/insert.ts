import { Prisma } from './generated/sqlite/client.js';

/**
 * `INSERT` of this row. Each of its keys must be a column, which the compiler does not check; what is undefined is left to
 * the column's default.
 */
export function insertInto(table: Prisma.ModelName, row: object): Prisma.Sql {
  const columns = Object.entries(row).filter(([, value]) => value !== undefined);
  const names = columns.map(([name]) => Prisma.raw(`"${name}"`));
  const values = columns.map(([, value]) => value);
  return Prisma.sql`INSERT INTO ${Prisma.raw(`"${table}"`)} (${Prisma.join(names)}) VALUES (${Prisma.join(values)})`;
}
