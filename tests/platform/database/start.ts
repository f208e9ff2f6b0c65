// A start of the service as far as its database, as a process of its own: start.ts URL [MIGRATIONS]. Errors as at a start.
import { openDatabase } from '../../../src/platform/database/open.js';

const [url = '', migrationsDir] = process.argv.slice(2);
const options = {
  url,
  poolSize: 2,
  onError: () => undefined,
  ...(migrationsDir === undefined ? {} : { migrationsDir }),
};
try {
  const database = await openDatabase(options);
  await database.close();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
