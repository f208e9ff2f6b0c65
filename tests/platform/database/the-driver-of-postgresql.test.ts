import pg from 'pg';
import { expect, test } from 'vitest';
import { connectionSettings } from '../../../src/platform/database/postgresql-connection.js';
import { afterwards } from '../../support/cleanup.js';
import { freshDatabaseUrl } from '../../support/databases.js';

// What postgresql.ts relies on beyond the driver's documentation; docs/prisma-internals.md lists it.

test('a connection can be told not to keep the process alive', () => {
  expect(new pg.Client()).toHaveProperty('unref', expect.any(Function));
});

test('the pool lends a new connection only when onConnect is done', async () => {
  const pool = new pg.Pool({
    ...connectionSettings(await freshDatabaseUrl('postgresql')),
    onConnect: async (client) => {
      await client.query('SELECT pg_sleep(0.05)');
      await client.query(`SET application_name = 'configured'`);
    },
  });
  // Its end does not wait until the connections are closed: the database is dropped under those that are not yet.
  pool.on('error', () => undefined);
  afterwards(() => pool.end());
  const names = await Promise.all(
    [1, 2, 3].map(() => pool.query(`SELECT current_setting('application_name') AS name`)),
  );
  expect(names.map(({ rows }) => rows[0].name)).toEqual(['configured', 'configured', 'configured']);
});

test('a statement that is late fails with the message that closes its connection', async () => {
  const client = new pg.Client({ ...connectionSettings(await freshDatabaseUrl('postgresql')), query_timeout: 50 });
  client.on('error', () => undefined);
  await client.connect();
  afterwards(() => client.end());
  await expect(client.query('SELECT pg_sleep(1)')).rejects.toThrow('Query read timeout');
});
