import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import type { Database } from '../../../src/platform/database/database.js';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { openDatabase } from '../../../src/platform/database/open.js';
import { afterwards } from '../../support/cleanup.js';
import { freshDatabaseUrl, migratedDatabaseUrl } from '../../support/databases.js';
import { startPostgres } from '../../support/postgres.js';
import { open, run, user, userIds } from './handles.js';
import { databaseOf, endConnections, freshRole, sql } from './postgresql-admin.js';

const outage = { code: 'SERVICE_UNAVAILABLE', facts: { retryAfterSeconds: expect.any(Number) } };

const touchAll = Prisma.sql`UPDATE "User" SET "credentialsVersion" = "credentialsVersion"`;

async function everyVerb(database: Database) {
  const data = user(crypto.randomUUID());
  return Promise.allSettled([
    database.read((client) => client.user.count()),
    database.read((client) => client.$queryRaw`SELECT 1 AS one`),
    database.write((client) => client.user.create({ data })),
    database.query(Prisma.sql`SELECT "id" FROM "User" WHERE "id" = ${data.id}`),
    run(database, Prisma.sql`UPDATE "User" SET "firstName" = 'Ada' WHERE "id" = ${data.id}`),
    database.commit({ confirm: [touchAll], also: [touchAll] }),
    database.transaction((tx) => tx.user.findMany()),
    database.clockSkewMs(),
  ]);
}

async function expectOutage(database: Database): Promise<void> {
  for (const result of await everyVerb(database)) expect(result).toMatchObject({ status: 'rejected', reason: outage });
}

async function expectHealth(database: Database): Promise<void> {
  for (const result of await everyVerb(database)) expect(result).toMatchObject({ status: 'fulfilled' });
}

/** The postmaster and the processes that serve connections. */
async function processesOf(server: { url: string; pid: number }): Promise<number[]> {
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query(`SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`);
  await client.end();
  return [server.pid, ...rows.map(({ pid }) => pid)];
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}

test('every verb is SERVICE_UNAVAILABLE while the server is frozen or stopped, and works again after it thaws', async () => {
  const server = await startPostgres();
  afterwards(() => server.stop());
  const database = await open(new URL(server.url), { poolSize: 3 });
  await expectHealth(database);

  const pids = await processesOf(server);
  signal(pids, 'SIGSTOP');
  try {
    await expectOutage(database);
    await expectOutage(database);
  } finally {
    signal(pids, 'SIGCONT');
  }
  await sleep(200);
  await expectHealth(database);

  await server.stop();
  await expectOutage(database);
  await database.close();
});

test('reads and transactions replace an idle connection that has died', async () => {
  const url = new URL(await freshDatabaseUrl('postgresql'));
  const lost: Error[] = [];
  const database = await open(url, { poolSize: 1, onError: (error) => lost.push(error) });
  const killer = await open(url);
  const killOthers = () =>
    killer.read(
      (client) => client.$queryRaw`SELECT pg_terminate_backend(pid)::text AS gone FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  const verbs = [
    () => database.read((client) => client.user.count()),
    () => database.query(Prisma.sql`SELECT "id" FROM "User"`),
    () => database.transaction((tx) => tx.user.count()),
    () => database.commit({ confirm: [touchAll], also: [touchAll] }),
  ];
  for (const verb of verbs) {
    await database.read((client) => client.user.count());
    await killOthers();
    await verb();
  }
  for (const { message } of lost) expect(message).toContain('A PostgreSQL connection was lost');
});

test('a transaction whose connection dies is SERVICE_UNAVAILABLE and rolled back', async () => {
  const database = await open('postgresql');
  const dying = database.transaction(async (tx) => {
    await tx.user.create({ data: user('a') });
    await tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())::text AS gone`;
  });
  await expect(dying).rejects.toMatchObject(outage);
  expect(await userIds(database)).toEqual([]);
});

test('a commit whose connection dies is SERVICE_UNAVAILABLE and rolled back', async () => {
  const database = await open('postgresql');
  await database.write((client) => client.user.create({ data: user('a') }));
  const rename = Prisma.sql`UPDATE "User" SET "firstName" = 'Ada'`;
  const dying = database.commit({
    confirm: [rename],
    also: [Prisma.sql`SELECT pg_terminate_backend(pg_backend_pid())`],
  });
  await expect(dying).rejects.toMatchObject(outage);
  expect(await database.query(Prisma.sql`SELECT "firstName" FROM "User"`)).toEqual([{ firstName: null }]);
});

test('a commit that takes too long is rolled back', async () => {
  const database = await open('postgresql');
  await database.write((client) => client.user.create({ data: user('a') }));
  const rename = Prisma.sql`UPDATE "User" SET "firstName" = 'Ada'`;
  const slow = Prisma.sql`SELECT 1 AS one FROM pg_sleep(1.6)`;
  await expect(database.commit({ confirm: [rename], also: [slow, slow, slow] })).rejects.toMatchObject(outage);
  expect(await database.query(Prisma.sql`SELECT "firstName" FROM "User"`)).toEqual([{ firstName: null }]);
  await expectHealth(database);
});

test('under load, connections that die cause SERVICE_UNAVAILABLE and no other error', async () => {
  const url = new URL(await migratedDatabaseUrl('postgresql'));
  const database = await open(url, { poolSize: 3 });
  const killer = new pg.Client(url.href);
  await killer.connect();
  const reasons: unknown[] = [];
  let running = true;
  async function load() {
    while (running) {
      for (const result of await everyVerb(database)) if (result.status === 'rejected') reasons.push(result.reason);
    }
  }
  const loads = Array.from({ length: 8 }, load);
  for (let i = 0; i < 60; i++) {
    await sleep(Math.random() * 40);
    await killer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  }
  running = false;
  await Promise.all(loads);
  await killer.end();
  expect(reasons.length).toBeGreaterThan(0);
  for (const reason of reasons) expect(reason).toMatchObject(outage);
  await expectHealth(database);
});

test('a statement without end, and one that waits for its connection, are SERVICE_UNAVAILABLE', async () => {
  const database = await open('postgresql', { poolSize: 1 });
  const slow = database.read((client) => client.$queryRaw`SELECT 1 AS one FROM pg_sleep(60)`);
  const waiting = database.read((client) => client.user.count());
  await expect(waiting).rejects.toMatchObject(outage);
  await expect(slow).rejects.toMatchObject(outage);
  await expectHealth(database);
});

test('a role that may no longer connect is an outage, which ends when it may again', async () => {
  const url = await freshDatabaseUrl('postgresql');
  await (await open(new URL(url))).close();
  const role = await freshRole(url);
  await sql(url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role.name}"`);
  const database = await open(new URL(role.url), { poolSize: 3 });
  await expectHealth(database);
  await sql(url, `ALTER ROLE "${role.name}" PASSWORD 'another'`);
  await endConnections(url);
  await expectOutage(database);
  await sql(url, `ALTER ROLE "${role.name}" PASSWORD 'a-password' NOLOGIN`);
  await expectOutage(database);
  await sql(url, `ALTER ROLE "${role.name}" LOGIN`);
  await expectHealth(database);
});

test('a database that takes no connections is an outage, which ends when it takes them again', async () => {
  const url = await freshDatabaseUrl('postgresql');
  await (await open(new URL(url))).close();
  const [role, name] = [await freshRole(url), databaseOf(url)];
  await sql(url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role.name}"`);
  const database = await open(new URL(role.url), { poolSize: 3 });
  await expectHealth(database);

  await sql(url, `REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC`);
  await endConnections(url);
  await expectOutage(database);
  await sql(url, `GRANT CONNECT ON DATABASE "${name}" TO PUBLIC`);
  await expectHealth(database);

  const server = inject('postgresUrl');
  await sql(server, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
  await sql(server, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`);
  await expectOutage(database);
  await sql(server, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
  await expectHealth(database);
});

test('no more connections are open than DATABASE_POOL_SIZE says', async () => {
  const url = await freshDatabaseUrl('postgresql');
  const database = await open(new URL(url), { poolSize: 3 });
  await Promise.all(Array.from({ length: 10 }, () => everyVerb(database)));
  const [row] = await sql(
    url,
    `SELECT count(*)::int AS ours FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'latchkey'`,
  );
  expect(row).toEqual({ ours: 3 });
});

test('connections are set to UTC', async () => {
  const database = await open('postgresql');
  const [row] = await database.read((client) => client.$queryRaw<object[]>`SELECT current_setting('TimeZone') AS zone`);
  expect(row).toEqual({ zone: 'UTC' });
});

test('a start waits for a server that is out of reach, logs that once without the password, and gives up', async () => {
  const said: string[] = [];
  const url = 'postgresql://someone:a-password@127.0.0.1:1/none';
  const options = { url, poolSize: 1, onError: () => undefined, waitMs: 1_200 };
  const starting = openDatabase({ ...options, onWaiting: (message) => said.push(message) });
  await expect(starting).rejects.toThrow(
    'DATABASE_URL: PostgreSQL at 127.0.0.1:1 was out of reach for 1.2 s: connect ECONNREFUSED 127.0.0.1:1',
  );
  expect(said).toEqual(['PostgreSQL at 127.0.0.1:1 is out of reach; waiting 1.2 s for it.']);
});

test('a start does not wait for a database that does not exist', async () => {
  const url = new URL(await freshDatabaseUrl('postgresql'));
  url.pathname = '/there-is-none';
  await expect(open(url)).rejects.toThrow('does not exist');
  await expect(open(new URL('mysql://localhost/x'))).rejects.toThrow('starts with neither');
});
