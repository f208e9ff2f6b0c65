import { Prisma } from './generated/sqlite/client.js';
import type { Statement } from './statement.js';

/** A whole row of a model: every column, with its type. */
export type Row<Model extends Prisma.ModelName> = Prisma.TypeMap['model'][Model]['payload']['scalars'];

/** The statement that inserts this row. */
export function insertInto<Model extends Prisma.ModelName>(table: Model, row: Row<Model>): Statement {
  const columns = Object.entries(row);
  const names = columns.map(([name]) => Prisma.raw(`"${name}"`));
  const values = columns.map(([, value]) => value);
  return Prisma.sql`INSERT INTO ${Prisma.raw(`"${table}"`)} (${Prisma.join(names)}) VALUES (${Prisma.join(values)})`;
}
