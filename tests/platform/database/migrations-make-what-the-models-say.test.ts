import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { type ColumnType, ColumnTypeEnum, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { expect, test } from 'vitest';
import { postgresqlSchema } from '../../../scripts/generate.mjs';
import { openSchemaEngine } from '../../../scripts/schema-engine.js';
import { type Engine, engines, freshDatabaseUrl } from '../../support/databases.js';
import { open } from './handles.js';

const models = readFileSync('prisma/schema.prisma', 'utf8');
const schemas: Record<Engine, string> = { sqlite: models, postgresql: postgresqlSchema(models) };

async function adapterOf(engine: Engine, url: string): Promise<SqlDriverAdapter> {
  if (engine === 'sqlite') return new PrismaBetterSqlite3({ url }).connect();
  // The adapter refuses the type "char" (18) of PostgreSQL's catalog, which the engine reads: it is shown text (25),
  // and the engine what it was.
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const characters = new Set<string>();
  const poolQuery = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const asText = async (...args: unknown[]) => {
    const result = await poolQuery(...args);
    for (const field of result.fields.filter(({ dataTypeID }) => dataTypeID === 18)) {
      characters.add(field.name);
      field.dataTypeID = 25;
    }
    return result;
  };
  pool.query = asText as typeof pool.query;
  const adapter: SqlDriverAdapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    const typeOf = (name: string, i: number) =>
      characters.has(name) ? ColumnTypeEnum.Character : result.columnTypes[i];
    return { ...result, columnTypes: result.columnNames.map(typeOf) as ColumnType[] };
  };
  return adapter;
}

/** The SQL that would make the live database what the schema says. */
async function missing(engine: Engine, url: string, schema: string): Promise<string | null> {
  const adapter = await adapterOf(engine, url);
  const files = [{ path: 'schema.prisma', content: schema }];
  const schemaEngine = await openSchemaEngine(adapter, schema);
  try {
    const { stdout } = await schemaEngine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return stdout;
  } finally {
    await adapter.dispose();
  }
}

test.each(engines)('on %s the migrations make what the models say', async (engine) => {
  const url = await freshDatabaseUrl(engine);
  await (await open(new URL(url))).close();
  expect(await missing(engine, url, schemas[engine])).toBe('-- This is an empty migration.\n');
  // The comparison would notice.
  const other = schemas[engine].replace(
    'lastName        String?',
    'lastName        String?\n  another String @unique @default("")',
  );
  expect(await missing(engine, url, other)).toContain('CREATE UNIQUE INDEX "User_another_key"');
});

test.each(engines)('on %s the migrations are recorded as Prisma records them', async (engine) => {
  const database = await open(engine);
  const rows = await database.read((client) =>
    client.$queryRawUnsafe<Record<string, unknown>[]>('SELECT * FROM "_prisma_migrations"'),
  );
  const folder = `prisma/migrations/${engine}`;
  const names = readdirSync(folder).filter((name) => !name.endsWith('.toml'));
  expect(rows.map((row) => row.migration_name).sort()).toEqual(names.sort());
  for (const row of rows) {
    const sql = readFileSync(`${folder}/${row.migration_name}/migration.sql`);
    expect(row.checksum).toBe(createHash('sha256').update(sql).digest('hex'));
    expect(row).toMatchObject({ rolled_back_at: null, logs: null });
    expect([row.finished_at, row.started_at, Number(row.applied_steps_count)]).toEqual([
      expect.anything(),
      expect.anything(),
      1,
    ]);
  }
});

test.each(engines)('on %s Prisma’s own engine finds all migrations done, and marks nothing', async (engine) => {
  const url = await freshDatabaseUrl(engine);
  await (await open(new URL(url))).close();
  const folder = `prisma/migrations/${engine}`;
  const names = readdirSync(folder).filter((name) => !name.endsWith('.toml'));
  const adapter = await adapterOf(engine, url);
  const schemaEngine = await openSchemaEngine(adapter, schemas[engine]);
  try {
    const migrationDirectories = names.sort().map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: readFileSync(`${folder}/${path}/migration.sql`, 'utf8') },
      },
    }));
    const lockfile = { path: 'migration_lock.toml', content: readFileSync(`${folder}/migration_lock.toml`, 'utf8') };
    const migrationsList = { baseDir: folder, lockfile, shadowDbInitScript: '', migrationDirectories };
    const filters = { externalTables: [], externalEnums: [] };
    const found = await schemaEngine.diagnoseMigrationHistory({
      migrationsList,
      filters,
      optInToShadowDatabase: false,
    });
    expect(found).toMatchObject({
      hasMigrationsTable: true,
      history: null,
      failedMigrationNames: [],
      editedMigrationNames: [],
    });
    expect(await schemaEngine.applyMigrations({ migrationsList, filters })).toMatchObject({
      appliedMigrationNames: [],
    });
  } finally {
    await adapter.dispose();
  }
});
