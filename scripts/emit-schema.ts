// Writes schema.graphql from the code. Run with tsx.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printSchema } from 'graphql';
import { parseConfig } from '../src/config.js';
import { openLatchkey } from '../src/latchkey.js';
import { createLog } from '../src/platform/logging.js';

// The schema is what the service's features make together, so a service is opened, on a database of its own.
const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-schema-'));
try {
  const config = parseConfig({ DATABASE_URL: `file:${join(dataDir, 'latchkey.db')}` });
  const latchkey = await openLatchkey(config, { log: createLog('silent', process.stderr), dataDir });
  writeFileSync('schema.graphql', `# Emitted from the code by npm run codegen.\n\n${printSchema(latchkey.schema)}\n`);
  await latchkey.close();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
