import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Database } from '../../../src/platform/database/database.js';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { LoginDocument } from '../../client/generated/graphql.js';
import { afterwards } from '../../support/cleanup.js';
import { migratedDatabaseUrl } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';
import { open, user, userIds } from './handles.js';

const outage = { code: 'SERVICE_UNAVAILABLE' };

async function openFile(): Promise<{ path: string; database: Database }> {
  const url = await migratedDatabaseUrl('sqlite');
  return { path: url.slice('file:'.length), database: await open(new URL(url)) };
}

const add = (database: Database, id: string) => database.write((client) => client.user.create({ data: user(id) }));

const rename = Prisma.sql`UPDATE "User" SET "firstName" = 'x' WHERE "id" = 'a'`;

function writesOf(database: Database): Promise<unknown>[] {
  return [
    add(database, 'b'),
    database.transaction((tx) => tx.user.create({ data: user('c') })),
    database.commit({ confirm: [rename] }),
  ];
}

function readsOf(database: Database): Promise<unknown>[] {
  return [database.read((client) => client.user.count()), database.query(Prisma.sql`SELECT 1`)];
}

async function expectOutage(calls: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: outage });
}

/** Makes files immutable, which binds root, too; false where the file system or the user cannot. */
function freeze(paths: string[]): boolean {
  try {
    execFileSync('chattr', ['+i', ...paths], { stdio: 'ignore' });
  } catch {
    return false;
  }
  afterwards(() => thaw(paths));
  return true;
}

function thaw(paths: string[]): void {
  for (const path of paths) if (existsSync(path)) execFileSync('chattr', ['-i', path], { stdio: 'ignore' });
}

test('files that become read-only: writes are rejected, the check fails, and both work again after that', async ({
  skip,
}) => {
  const { path, database } = await openFile();
  await add(database, 'a');
  const files = [path, `${path}-wal`];
  if (!freeze(files)) skip('needs root, and a file system with immutable files');
  await expectOutage([...writesOf(database), database.clockSkewMs()]);
  expect(await userIds(database)).toEqual(['a']);
  thaw(files);
  expect(await database.clockSkewMs()).toBe(0);
  await Promise.all(writesOf(database));
  expect(await userIds(database)).toEqual(['a', 'b', 'c']);
});

test('a full disk: writes are rejected, reads go on, and writes work again once there is room', async () => {
  const { database } = await openFile();
  await add(database, 'a');
  const limit = (pages: number) =>
    database.write((client) => client.$queryRawUnsafe(`PRAGMA max_page_count = ${pages}`));
  await limit(1); // not below what the file has
  const fill = async () => {
    for (let i = 0; ; i++)
      await database.commit({
        confirm: [
          Prisma.sql`INSERT INTO "User" ("id", "email", "firstName", "createdAt")
          VALUES (${`f${i}`}, ${`f${i}`}, ${'x'.repeat(5_000)}, ${new Date(0)})`,
        ],
      });
  };
  await expect(fill()).rejects.toMatchObject(outage);
  expect(await userIds(database)).toContain('a');
  await limit(1_000_000);
  await add(database, 'b');
  expect(await userIds(database)).toContain('b');
});

const replacements: Record<string, (path: string) => void> = {
  'is removed': (path) => rmSync(path),
  'is replaced by another one': (path) => {
    writeFileSync(`${path}.other`, readFileSync(path));
    renameSync(`${path}.other`, path);
  },
  'loses its log': (path) => rmSync(`${path}-wal`),
};

test.each(Object.keys(replacements))('a file that %s: nothing is read from it or written to it', async (what) => {
  const { path, database } = await openFile();
  await add(database, 'a');
  replacements[what]?.(path);
  await expectOutage([...writesOf(database), ...readsOf(database), database.clockSkewMs()]);
});

test('a file that is damaged: what cannot be read is an outage', async () => {
  const { path, database } = await openFile();
  await add(database, 'a');
  await database.write((client) => client.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)'));
  writeFileSync(path, readFileSync(path).fill(0xff, 100));
  await expectOutage([database.read((client) => client.user.findMany())]);
});

test('a node whose file was removed answers SERVICE_UNAVAILABLE and is not ready', async () => {
  const latchkey = await startLatchkey('sqlite');
  const { email, password } = await latchkey.newAccount();
  rmSync(latchkey.databaseUrl.slice('file:'.length));
  const { errors } = await latchkey.client().send(LoginDocument, { input: { email, password } });
  expect(errors).toMatchObject([{ extensions: outage }]);
  expect((await fetch(`${latchkey.url}/health/ready`)).status).toBe(503);
});
