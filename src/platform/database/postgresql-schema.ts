import type pg from 'pg';
import { timeLimits } from '../time-limits.js';

export interface FoundSchema {
  name: string;
  /** Whether it is there already. */
  exists: boolean;
}

interface Look {
  /** Those that have our tables. */
  ours: string[];
  /** Those that this role may create tables in. */
  creatable: string[];
  all: string[];
  /** The first one of the search_path that exists. */
  current: string | null;
}

/** A table that our migrations make and other applications hardly do. */
const marker = 'SigningKey';

const look = `SELECT current_schema()::text AS "current",
  ARRAY(SELECT nspname::text FROM pg_namespace) AS "all",
  ARRAY(SELECT nspname::text FROM pg_namespace WHERE has_schema_privilege(oid, 'CREATE')) AS "creatable",
  ARRAY(SELECT schemaname::text FROM pg_tables WHERE tablename = '${marker}') AS "ours"`;

/**
 * The one schema that everything of ours is in: the one that DATABASE_URL names. Where it names none: public where our
 * tables are, or may be made; otherwise the first one of the search_path, as for a role with a schema of its own and no rights
 * beside. Tables that are there decide first, so that a right or a search_path that changes later moves nothing.
 */
export async function chooseSchema(client: pg.Client, named: string | null): Promise<FoundSchema> {
  const config = { text: look, query_timeout: timeLimits.queryMs } as pg.QueryConfig;
  const { rows } = await client.query<Look>(config);
  const found = rows[0] as Look;
  if (named !== null) checkNamed(named, found);
  const name = named ?? withoutName(found);
  return { name, exists: found.all.includes(name) };
}

function withoutName({ ours, creatable, current }: Look): string {
  // Prisma escapes no quotes.
  const candidates = ['public', ...(current === null || current.includes('"') ? [] : [current])];
  const first = (among: string[]) => candidates.find((name) => among.includes(name));
  return first(ours) ?? first(creatable) ?? 'public';
}

/** Versions that ignored ?schema= left everything in public; an empty service in its place would look like a loss. */
function checkNamed(named: string, { ours, all }: Look): void {
  if (all.includes(named) || !ours.includes('public')) return;
  throw new Error(
    `DATABASE_URL: got schema=${named}, which does not exist, while the accounts are in the schema public; takes schema=public for those, or CREATE SCHEMA first for a second service`,
  );
}
