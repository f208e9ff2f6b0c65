// Writes the next migration of both engines from what changed in prisma/schema.prisma. Run with tsx.
//   migration.mjs NAME      writes prisma/migrations/{sqlite,postgresql}/<time>_NAME, for a person to read and to amend
//   migration.mjs --check   exits 1 when the models have changed and no migration says so
// The models as of the last migration are kept in prisma/migrations/schema.prisma. To make the first migration anew,
// remove prisma/migrations and run it with `init`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mockAdapter } from '@prisma/driver-adapter-utils';
import { postgresqlSchema } from './generate.mjs';
import { openSchemaEngine } from './schema-engine.ts';

const folder = 'prisma/migrations';
const kept = `${folder}/schema.prisma`;

/** A diff of two datamodels needs no server; all that the engine asks PostgreSQL for is who it is. */
const engines = {
  sqlite: { adapter: mockAdapter('sqlite'), schema: (models) => models },
  postgresql: { adapter: { ...mockAdapter('postgres'), queryRaw: async () => identity }, schema: postgresqlSchema },
};
const identity = {
  columnNames: ['exists', 'version', 'numeric_version'],
  columnTypes: [5, 7, 0],
  rows: [[true, 'PostgreSQL 17.0', 170000]],
};

function datamodel(content) {
  return { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] };
}

async function diff({ adapter, schema }, before, after) {
  const engine = await openSchemaEngine(adapter, schema(after));
  const { exitCode, stdout } = await engine.diff({
    from: before === undefined ? { tag: 'empty' } : datamodel(schema(before)),
    to: datamodel(schema(after)),
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  // The schema is there, and even with IF NOT EXISTS the statement needs a right that a database's user may lack.
  return exitCode === 0
    ? null
    : stdout.replace(/-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n+/, '').trimStart();
}

async function changes() {
  const before = existsSync(kept) ? readFileSync(kept, 'utf8') : undefined;
  const after = readFileSync('prisma/schema.prisma', 'utf8');
  const scripts = {};
  for (const [name, engine] of Object.entries(engines)) scripts[name] = await diff(engine, before, after);
  return { scripts, after };
}

function write(engine, migration, sql) {
  mkdirSync(`${folder}/${engine}/${migration}`, { recursive: true });
  writeFileSync(`${folder}/${engine}/${migration}/migration.sql`, sql);
  writeFileSync(`${folder}/${engine}/migration_lock.toml`, `provider = "${engine}"\n`);
  console.log(`${folder}/${engine}/${migration}/migration.sql`);
}

function isTaken(name) {
  const names = Object.keys(engines).flatMap((engine) =>
    existsSync(`${folder}/${engine}`) ? readdirSync(`${folder}/${engine}`) : [],
  );
  return names.some((each) => each.endsWith(`_${name}`));
}

function fail(message, status) {
  console.error(message);
  process.exit(status);
}

const [name, ...rest] = process.argv.slice(2);
const check = name === '--check';
if (rest.length > 0 || !(check || /^[a-z][a-z0-9_]{0,60}$/.test(name ?? ''))) {
  fail('Usage: npm run migration -- NAME   (lower-case letters, digits, underscores)', 2);
}
if (isTaken(name)) fail(`There is a migration called ${name}.`, 1);

const { scripts, after } = await changes();
const changed = Object.values(scripts).some((sql) => sql !== null);
if (check && changed) fail('prisma/schema.prisma has changes that no migration makes: npm run migration -- NAME', 1);
if (!check && !changed) fail('Nothing in prisma/schema.prisma has changed since the last migration.', 1);
if (!check) {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  for (const [engine, sql] of Object.entries(scripts))
    write(engine, `${time}_${name}`, sql ?? '-- Nothing on this engine.\n');
  writeFileSync(kept, after);
}
