import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { expect, test } from 'vitest';
import { PrismaClient } from '../../../src/platform/database/generated/sqlite/client.js';
import { migratedDatabaseUrl } from '../../support/databases.js';
import { open, user } from './handles.js';

interface Writers {
  /** One plain write. */
  write(id: string): Promise<unknown>;
  /** A transaction that writes, awaits `during`, and is rolled back. */
  rolledBack(id: string, during: () => Promise<unknown>): Promise<unknown>;
}

/** Plain writes while a transaction is open that is rolled back later. Answers the ids of those that were acknowledged. */
async function meet({ write, rolledBack }: Writers): Promise<string[]> {
  const acknowledged: string[] = [];
  for (const round of ['x', 'y', 'z']) {
    const plain: Promise<unknown>[] = [];
    const one = (id: string) => write(id).then(() => acknowledged.push(id));
    const during = async () => {
      for (let i = 0; i < 20; i++) plain.push(one(`${round}-${i}`));
      // Where they have to wait for the transaction, it cannot wait for them.
      await Promise.race([Promise.all(plain), sleep(300)]);
    };
    await expect(rolledBack(`failing-${round}`, during)).rejects.toThrow('roll back');
    await Promise.all(plain);
  }
  return acknowledged;
}

async function abandon(): Promise<never> {
  throw new Error('roll back');
}

test('a single Prisma client on SQLite loses acknowledged writes to the rollbacks of others', async () => {
  const url = await migratedDatabaseUrl('sqlite');
  const naive = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });
  const acknowledged = await meet({
    write: (id) => naive.user.create({ data: user(id) }),
    rolledBack: (id, during) =>
      naive.$transaction((tx) =>
        tx.user
          .create({ data: user(id) })
          .then(during)
          .then(abandon),
      ),
  });
  const kept = await naive.user.count({ where: { id: { in: acknowledged } } });
  await naive.$disconnect();
  expect(kept).toBeLessThan(acknowledged.length);
});

test('our database on SQLite loses none to them', async () => {
  const database = await open('sqlite');
  const acknowledged = await meet({
    write: (id) => database.write((client) => client.user.create({ data: user(id) })),
    rolledBack: (id, during) =>
      database.transaction((tx) =>
        tx.user
          .create({ data: user(id) })
          .then(during)
          .then(abandon),
      ),
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
