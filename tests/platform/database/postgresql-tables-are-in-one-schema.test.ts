import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../../src/platform/database/database.js';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { MeDocument } from '../../client/generated/graphql.js';
import { freshDatabaseUrl, migratedDatabaseUrl } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';
import { open, user, userIds } from './handles.js';
import {
  alterDatabase,
  databaseEncodedIn,
  databaseOf,
  freshRole,
  sql,
  tablesBySchema,
  withParameter,
} from './postgresql-admin.js';

/** Every verb sees the row that another one wrote. */
async function expectOneSchema(database: Database): Promise<void> {
  await database.write((client) => client.user.create({ data: user('prisma') }));
  const insert = (id: string) => {
    const { email, createdAt } = user(id);
    return Prisma.sql`INSERT INTO "User" ("id", "email", "createdAt") VALUES (${id}, ${email}, ${createdAt})`;
  };
  await database.commit({ confirm: [insert('sql')] });
  const touch = Prisma.sql`UPDATE "User" SET "firstName" = NULL WHERE "id" = 'commit'`;
  await database.commit({ confirm: [insert('commit')], also: [touch] });
  await database.transaction((tx) => tx.user.create({ data: user('transaction') }));
  const all = ['commit', 'prisma', 'sql', 'transaction'];
  expect(await userIds(database)).toEqual(all);
  expect(await database.query(Prisma.sql`SELECT "id" FROM "User" ORDER BY "id"`)).toEqual(all.map((id) => ({ id })));
  await database.transaction((tx) => tx.user.deleteMany());
}

const hasTables = expect.arrayContaining(['SigningKey', 'User', '_prisma_migrations']);

/** Starts twice, since the second start is the one that finds the tables. */
async function expectTablesIn(schema: string, url: string, adminUrl = url): Promise<void> {
  for (const _ of ['first start', 'second start']) {
    const database = await open(new URL(url));
    await expectOneSchema(database);
    await database.close();
    expect(await tablesBySchema(adminUrl)).toEqual({ [schema]: hasTables });
  }
}

describe('the schema that DATABASE_URL names with ?schema=', () => {
  test.each(['accounts', 'public', 'My schema; v1.0', 'Łódź'])(
    '%s is made where it is missing, and used alone',
    async (name) => {
      const url = await freshDatabaseUrl('postgresql');
      await expectTablesIn(name, withParameter(url, 'schema', name));
    },
  );

  test('serves the whole API, and leaves another service in the schema public alone', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await sql(url, 'CREATE SCHEMA accounts');
    const [first, second] = [
      await startLatchkey({ databaseUrl: url }),
      await startLatchkey({ databaseUrl: withParameter(url, 'schema', 'accounts') }),
    ];
    const account = { email: 'ada@example.com' };
    const inPublic = await first.newAccount(account);
    const inAccounts = await second.newAccount(account);
    expect((await inPublic.client.ask(MeDocument)).me.id).not.toBe((await inAccounts.client.ask(MeDocument)).me.id);
    const count = (schema: string) => sql(url, `SELECT count(*)::int AS users FROM ${schema}."User"`);
    expect(await count('public')).toEqual([{ users: 1 }]);
    expect(await count('accounts')).toEqual([{ users: 1 }]);
  });

  test('is rejected where it is missing and the accounts are in public, as versions that ignored it left them', async () => {
    const url = await migratedDatabaseUrl('postgresql');
    await expect(open(new URL(withParameter(url, 'schema', 'accounts')))).rejects.toThrow(
      /^DATABASE_URL: .*schema=accounts.*public/,
    );
    expect(await tablesBySchema(url)).toEqual({ public: hasTables });
  });

  test.each(['x'.repeat(64), 'pg_mine', 'a%00b', 'a%22b'])(
    'is rejected where it cannot be a name: %s',
    async (name) => {
      const url = await freshDatabaseUrl('postgresql');
      await expect(open(new URL(`${url}?schema=${name}`))).rejects.toThrow(/^DATABASE_URL: /);
      expect(await tablesBySchema(url)).toEqual({});
    },
  );
});

describe('without ?schema= there is one schema,', () => {
  test('public for a role with a schema of its own that may create in both', async () => {
    const url = await freshDatabaseUrl('postgresql');
    const role = await freshRole(url);
    await sql(
      url,
      `CREATE SCHEMA "${role.name}" AUTHORIZATION "${role.name}"`,
      `GRANT ALL ON SCHEMA public TO "${role.name}"`,
    );
    await expectTablesIn('public', role.url, url);
  });

  test('its own for a role that may create nowhere else', async () => {
    const url = await freshDatabaseUrl('postgresql');
    const role = await freshRole(url);
    await sql(url, `CREATE SCHEMA "${role.name}" AUTHORIZATION "${role.name}"`);
    await expectTablesIn(role.name, role.url, url);
    // The right to use public, granted later, moves nothing.
    await sql(url, `GRANT ALL ON SCHEMA public TO "${role.name}"`);
    await expectTablesIn(role.name, role.url, url);
  });

  test('public where the search_path of the database names another one', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await sql(url, 'CREATE SCHEMA other');
    await alterDatabase(url, { search_path: 'other, public' });
    await expectTablesIn('public', url);
  });

  test('public where the search_path names none that exists', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await alterDatabase(url, { search_path: 'nowhere' });
    await expectTablesIn('public', url);
  });

  test('the one in use, when the search_path is changed later', async () => {
    const url = await migratedDatabaseUrl('postgresql');
    await sql(url, 'CREATE SCHEMA other');
    await alterDatabase(url, { search_path: 'other' });
    await expectTablesIn('public', url);
    await sql(url, `ALTER DATABASE "${databaseOf(url)}" RESET ALL`, 'DROP SCHEMA other');
  });
});

describe.each(['LATIN1', 'SQL_ASCII', 'WIN1252', 'EUC_JP'])('a database of the encoding %s', (encoding) => {
  test('is rejected before anything is made in it', async () => {
    const url = await databaseEncodedIn(encoding);
    for (const each of [url, withParameter(url, 'schema', 'accounts')]) {
      await expect(open(new URL(each))).rejects.toThrow(
        new RegExp(`^DATABASE_URL: [^\\n]*${encoding}[^\\n]*UTF8[^\\n]*$`),
      );
    }
    expect(await tablesBySchema(url)).toEqual({});
    expect(await sql(url, `SELECT 1 FROM pg_namespace WHERE nspname = 'accounts'`)).toEqual([]);
  });
});

describe('a database that another application uses', () => {
  const names = readdirSync('prisma/migrations/postgresql').filter((name) => !name.endsWith('.toml'));
  const table = `CREATE TABLE "_prisma_migrations" ("id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ, "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;
  const row = (id: string, name: string, finished: string, rolledBack = 'NULL') =>
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "rolled_back_at")
     VALUES ('${id}', '${id}', '${name}', ${finished}, ${rolledBack})`;

  test('keeps its rows in _prisma_migrations: done, failed, rolled back, and one with a name of ours', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await sql(
      url,
      table,
      row('done', '20200101000000_init', 'now()'),
      row('failed', '20200102000000_more', 'NULL'),
      row('back', '20200103000000_again', 'NULL', 'now()'),
      row('namesake', names[0] ?? '', 'now()'),
      row('failed namesake', names[1] ?? '', 'NULL'),
      'CREATE TABLE "Invoice" ("id" TEXT)',
    );
    const theirs = () => sql(url, `SELECT * FROM "_prisma_migrations" WHERE length("checksum") < 64 ORDER BY "id"`);
    const before = await theirs();
    for (const _ of ['first start', 'second start']) {
      const database = await open(new URL(url));
      await expectOneSchema(database);
      expect(await theirs()).toEqual(before);
    }
    const ours = await sql(
      url,
      `SELECT "migration_name" AS name FROM "_prisma_migrations" WHERE length("checksum") = 64 ORDER BY 1`,
    );
    expect(ours.map(({ name }) => name)).toEqual([...names].sort());
  });

  test('keeps its tables, and one that is called like ours is named as the reason', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await sql(url, 'CREATE TABLE "Invoice" ("id" TEXT)', 'CREATE TABLE "User" ("id" TEXT)');
    await expect(open(new URL(url))).rejects.toThrow(/^DATABASE_URL: [^\n]*"User"[^\n]*\?schema=[^\n]*$/);
    expect(await tablesBySchema(url)).toEqual({ public: ['Invoice', 'User'] });
    await open(new URL(withParameter(url, 'schema', 'accounts')));
    expect(await tablesBySchema(url)).toEqual({ public: ['Invoice', 'User'], accounts: hasTables });
  });
});
