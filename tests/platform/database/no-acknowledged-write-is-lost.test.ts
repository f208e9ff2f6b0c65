import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { expect, test } from 'vitest';
import { PrismaClient } from '../../../src/platform/database/generated/sqlite/client.js';
import { migratedDatabaseUrl } from '../../support/databases.js';
import { open, user } from './handles.js';

interface Writers {
  /** One plain write. */
  write(id: string): Promise<unknown>;
  /** A transaction that writes, waits and is rolled back. */
  rolledBack(id: string): Promise<unknown>;
}

/** Lets the two meet, and answers the ids of the plain writes that were acknowledged. */
async function meet({ write, rolledBack }: Writers): Promise<string[]> {
  const acknowledged: string[] = [];
  const one = async (i: number) => {
    await sleep(i % 7);
    const id = `plain-${i}`;
    await write(id).then(() => acknowledged.push(id));
  };
  const failing = Array.from({ length: 10 }, (_, i) => rolledBack(`failing-${i}`).catch(() => undefined));
  const plain = Array.from({ length: 60 }, (_, i) => one(i).catch(() => undefined));
  await Promise.all([...failing, ...plain]);
  return acknowledged;
}

const abandon = async () => {
  await sleep(5);
  throw new Error('roll back');
};

test('a single Prisma client on SQLite loses acknowledged writes to the rollbacks of others', async () => {
  const url = await migratedDatabaseUrl('sqlite');
  const naive = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });
  const acknowledged = await meet({
    write: (id) => naive.user.create({ data: user(id) }),
    rolledBack: (id) => naive.$transaction((tx) => tx.user.create({ data: user(id) }).then(abandon)),
  });
  const kept = await naive.user.count({ where: { id: { in: acknowledged } } });
  await naive.$disconnect();
  expect(kept).toBeLessThan(acknowledged.length);
});

test('ours loses none', async () => {
  const database = await open('sqlite');
  const acknowledged = await meet({
    write: (id) => database.write((client) => client.user.create({ data: user(id) })),
    rolledBack: (id) => database.transaction((tx) => tx.user.create({ data: user(id) }).then(abandon)),
  });
  expect(acknowledged).toHaveLength(60);
  expect(await database.read((client) => client.user.count({ where: { id: { in: acknowledged } } }))).toBe(60);
  expect(await database.read((client) => client.user.count())).toBe(60);
});

test('a read sees every write that was answered, and none of an open transaction', async () => {
  const database = await open('sqlite');
  const seen: number[] = [];
  await database.write((client) => client.user.create({ data: user('a') }));
  seen.push(await database.read((client) => client.user.count()));
  await database.transaction(async (tx) => {
    await tx.user.create({ data: user('b') });
    seen.push(await database.read((client) => client.user.count()));
  });
  seen.push(await database.read((client) => client.user.count()));
  expect(seen).toEqual([1, 1, 2]);
});
