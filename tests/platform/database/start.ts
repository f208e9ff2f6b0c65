// A start of the service as far as its database, as a process of its own: start.ts URL [MIGRATIONS]
import { openDatabase } from '../../../src/platform/database/open.js';

const [url = '', migrationsDir] = process.argv.slice(2);
const database = await openDatabase({
  url,
  poolSize: 2,
  onFault: () => undefined,
  ...(migrationsDir === undefined ? {} : { migrationsDir }),
});
await database.close();
