import { Writable } from 'node:stream';
import { parseConfig } from '../../src/config.js';
import { openAdministration } from '../../src/latchkey.js';
import { createLog } from '../../src/platform/logging.js';
import { afterwards } from './cleanup.js';
import { freshDir } from './databases.js';
import { knownVault, testSettings } from './latchkey.js';

/** The use cases of operators, opened on this database as the commands open them, and closed after the test. */
export async function administrationOf(databaseUrl: string) {
  const config = parseConfig({ ...testSettings, DATABASE_URL: databaseUrl });
  const vault = await knownVault(testSettings.AUTH_SECRET);
  const parts = { log: createLog('silent', new Writable()), dataDir: await freshDir(), vault };
  const administration = await openAdministration(config, parts);
  afterwards(() => administration.close());
  return administration;
}
