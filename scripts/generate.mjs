// Generates a Prisma client for each engine from the models, which are written once, for SQLite.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const generated = 'src/platform/database/generated';

/** The PostgreSQL schema: the same models, the other provider. */
export function postgresqlSchema(schema = readFileSync('prisma/schema.prisma', 'utf8')) {
  return schema
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace(/output( *)= "[^"]*"/, 'output$1= "./postgresql"');
}

function generate(schemaFile) {
  execFileSync(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--schema', schemaFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  });
}

// Others import the schema from here.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(generated, { recursive: true });
  writeFileSync(`${generated}/postgresql.prisma`, postgresqlSchema());
  generate('prisma/schema.prisma');
  generate(`${generated}/postgresql.prisma`);
}
