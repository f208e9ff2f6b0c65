import { describe, expect, test, vi } from 'vitest';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LoginHistoryDocument,
  MeDocument,
  RefreshDocument,
} from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { freshDatabaseUrl } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';
import { open, run, user } from './handles.js';
import { alterDatabase, databaseWith, endConnections, sql } from './postgresql-admin.js';

vi.setConfig({ testTimeout: 60_000 });

/** Legal values, each as far from PostgreSQL's default as there is one. */
const unusual = {
  TimeZone: `'Asia/Kathmandu'`,
  IntervalStyle: 'sql_standard',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  client_encoding: 'LATIN1',
  row_security: 'off',
  lc_monetary: `'C'`,
  statement_timeout: '600000',
  lock_timeout: '1',
  transaction_timeout: '1500',
  idle_in_transaction_session_timeout: '1',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  transform_null_equals: 'on',
  array_nulls: 'off',
};

describe.each(['German', "'SQL, DMY'", "'Postgres, MDY'", "'ISO, YMD'"])('with DateStyle = %s', (style) => {
  test('every date is answered as it is, and names keep their letters', async () => {
    const databaseUrl = await databaseWith({ ...unusual, DateStyle: style });
    const latchkey = await startLatchkey({ databaseUrl });
    const before = latchkey.clock.now().getTime();
    const { client, email, password, auth } = await latchkey.newAccount({ firstName: 'Łukasz', lastName: '李' });
    await latchkey.client().ask(LoginDocument, { input: { email, password } });
    const { me } = await client.ask(MeDocument);
    expect(me).toMatchObject({ firstName: 'Łukasz', lastName: '李' });
    expect(Math.abs(new Date(me.createdAt).getTime() - before)).toBeLessThan(60_000);
    expect((await client.ask(ActiveSessionsDocument)).activeSessions).toHaveLength(2);
    expect(await client.ask(LoginHistoryDocument, { first: 10 })).toBeDefined();
    await latchkey.client().ask(RefreshDocument, { refreshToken: auth.refreshToken });
    expect((await fetch(`${latchkey.url}/health/ready`)).status).toBe(200);
  });
});

test('each connection has the settings that this program relies on, in every verb', async () => {
  const url = await databaseWith({ ...unusual, DateStyle: 'German' });
  const database = await open(new URL(url), { poolSize: 2 });
  const wanted = {
    TimeZone: 'UTC',
    DateStyle: 'ISO, MDY',
    client_encoding: 'UTF8',
    extra_float_digits: '1',
    lock_timeout: '0',
    row_security: 'on',
  };
  const columns = Object.keys(wanted).map((name) => Prisma.raw(`current_setting('${name}') AS "${name}"`));
  const query = Prisma.sql`SELECT ${Prisma.join(columns)}`;
  expect(await database.query(query)).toEqual([wanted]);
  expect(await database.read((client) => client.$queryRaw(query))).toEqual([wanted]);
  expect(await database.transaction((tx) => tx.$queryRaw(query))).toEqual([wanted]);
});

test('literals keep their backslashes where standard_conforming_strings is off', async () => {
  const url = await databaseWith({ standard_conforming_strings: 'off', escape_string_warning: 'off' });
  const database = await open(new URL(url));
  await run(database, Prisma.sql`INSERT INTO "User" ("id", "email", "createdAt") VALUES ('a\\b', 'e', now())`);
  expect(await database.query(Prisma.sql`SELECT "id" FROM "User"`)).toEqual([{ id: 'a\\b' }]);
});

describe('a database that has become read-only', () => {
  const readOnly = { default_transaction_read_only: 'on' };

  test('is not ready, answers SERVICE_UNAVAILABLE to what writes, and recovers by itself', async () => {
    const databaseUrl = await freshDatabaseUrl('postgresql');
    const latchkey = await startLatchkey({ databaseUrl });
    const { client, email, password, auth } = await latchkey.newAccount();
    const ready = async () => (await fetch(`${latchkey.url}/health/ready`)).status;
    await alterDatabase(databaseUrl, readOnly);
    await endConnections(databaseUrl);

    await expect.poll(ready).toBe(503);
    expect(await (await fetch(`${latchkey.url}/health/ready`)).json()).toMatchObject({
      reason: 'The database is read-only.',
    });
    const send = latchkey.client().send;
    expectCode(await send(LoginDocument, { input: { email, password } }), 'SERVICE_UNAVAILABLE');
    expectCode(await send(RefreshDocument, { refreshToken: auth.refreshToken }), 'SERVICE_UNAVAILABLE');
    expect((await client.send(MeDocument)).data?.me.email).toBe(email);

    // No connection is ended now: those that found the database read-only must not be kept.
    await sql(
      databaseUrl,
      'SET default_transaction_read_only = off',
      `ALTER DATABASE "${new URL(databaseUrl).pathname.slice(1)}" RESET default_transaction_read_only`,
    );
    await expect.poll(ready).toBe(200);
    await latchkey.client().ask(LoginDocument, { input: { email, password } });
  });

  test('rejects every verb that writes, and the start of a database that is not migrated', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await alterDatabase(url, readOnly);
    await expect(open(new URL(url), { waitMs: 100 })).rejects.toThrow(/^DATABASE_URL: .*read-only/);
    await sql(
      url,
      'SET default_transaction_read_only = off',
      `ALTER DATABASE "${new URL(url).pathname.slice(1)}" RESET ALL`,
    );

    const database = await open(new URL(url), { poolSize: 1 });
    await alterDatabase(url, readOnly);
    await endConnections(url);
    const outage = { code: 'SERVICE_UNAVAILABLE' };
    const rename = Prisma.sql`UPDATE "User" SET "firstName" = 'Ada'`;
    await expect(database.write((client) => client.user.create({ data: user('a') }))).rejects.toMatchObject(outage);
    await expect(run(database, rename)).rejects.toMatchObject(outage);
    await expect(database.commit({ confirm: [rename], also: [rename] })).rejects.toMatchObject(outage);
    await expect(database.transaction((tx) => tx.user.create({ data: user('a') }))).rejects.toMatchObject(outage);
    await expect(database.clockSkewMs()).rejects.toMatchObject(outage);
    expect(await database.read((client) => client.user.count())).toBe(0);
  });
});
