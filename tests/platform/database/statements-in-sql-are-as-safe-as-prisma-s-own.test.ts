import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { engines } from '../../support/databases.js';
import { besideAnother, open, user, userIds } from './handles.js';

const rename = (id: string, name: string) =>
  Prisma.sql`UPDATE "User" SET "firstName" = ${name} WHERE "id" = ${id} AND "firstName" IS NULL`;

const insert = (id: string) =>
  Prisma.sql`INSERT INTO "User" ("id", "email", "passwordHash", "createdAt") VALUES (${id}, ${id}, 'x', ${new Date()})`;

describe.each(engines)('on %s', (engine) => {
  describe('wherever the server stands', () => {
    const { TZ } = process.env;
    beforeAll(() => {
      process.env.TZ = 'Asia/Kolkata';
    });
    afterAll(() => {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    });

    test('dates, numbers and nulls are those that Prisma writes and reads', async () => {
      const database = await open(engine);
      const moment = new Date('2026-03-29T00:59:59.123Z');
      await database.write((client) => client.user.create({ data: { ...user('a'), createdAt: moment } }));
      const columns = Prisma.sql`"id", "createdAt", "createdAt" AS "renamed", "lastLoginAt", "passwordVersion"`;
      const query = Prisma.sql`SELECT ${columns} FROM "User" WHERE "createdAt" = ${moment}`;
      const row = { id: 'a', createdAt: moment, renamed: moment, lastLoginAt: null, passwordVersion: 0 };
      expect(await database.query(query)).toEqual([row]);

      const later = new Date('2026-10-25T01:00:00.007Z');
      const where = Prisma.sql`"id" = 'a' AND "createdAt" < ${later}`;
      expect(await database.execute(Prisma.sql`UPDATE "User" SET "lastLoginAt" = ${later} WHERE ${where}`)).toBe(1);
      const kept = await database.read((client) => client.user.findUnique({ where: { id: 'a', lastLoginAt: later } }));
      expect(kept?.lastLoginAt).toEqual(later);
    });
  });

  test('of 64 concurrent conditional updates one wins', async () => {
    const database = await open(engine);
    await database.execute(insert('a'));
    const attempts = Array.from({ length: 64 }, (_, i) => database.execute(rename('a', `${i}`)));
    expect((await Promise.all(attempts)).filter((count) => count === 1)).toHaveLength(1);
  });

  test('more than fit into one commit, and each is told its own count', async () => {
    const database = await open(engine);
    const ids = Array.from({ length: 150 }, (_, i) => `${i}`.padStart(3, '0'));
    await Promise.all(ids.map((id) => database.execute(insert(id))));
    expect(await userIds(database)).toEqual(ids);
    const counts = await Promise.all(['000', 'nobody', '149'].map((id) => database.execute(rename(id, 'x'))));
    expect(counts).toEqual([1, 0, 1]);
  });

  test('a query sees what was answered before', async () => {
    const database = await open(engine);
    for (const id of ['a', 'b', 'c']) {
      await database.execute(insert(id));
      expect(await database.query(Prisma.sql`SELECT "id" FROM "User" WHERE "id" = ${id}`)).toEqual([{ id }]);
    }
  });

  test('one that fails says so, changes nothing, and hinders none that comes later', async () => {
    const database = await open(engine);
    await database.execute(insert('a'));
    await expect(database.execute(insert('a'))).rejects.toThrow(/unique/i);
    await database.execute(insert('b'));
    expect(await userIds(database)).toEqual(['a', 'b']);
  });

  test('none is rolled back with the transaction of somebody else', async () => {
    const database = await open(engine);
    const abandoned = Array.from({ length: 10 }, (_, i) =>
      database.transaction(async (tx) => {
        await tx.user.create({ data: user(`failing-${i}`) });
        await sleep(5);
        throw new Error('roll back');
      }),
    );
    const plain = Array.from({ length: 60 }, async (_, i) => {
      await sleep(i % 7);
      return database.execute(insert(`plain-${i}`));
    });
    await Promise.allSettled(abandoned);
    expect(await Promise.all(plain)).toEqual(Array.from({ length: 60 }, () => 1));
    expect(await userIds(database)).toHaveLength(60);
  });

  test('of those that are asked for at once, one that fails takes no other with it', async () => {
    const database = await open(engine);
    await database.execute(insert('a'));
    const together = await Promise.allSettled(['b', 'a', 'c'].map((id) => database.execute(insert(id))));
    expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await userIds(database)).toEqual(['a', 'b', 'c']);
  });

  test('several in one commit are done all', async () => {
    const database = await open(engine);
    expect(await database.commit(insert('a'), insert('b'), rename('b', 'Bea'))).toBe(true);
    const query = Prisma.sql`SELECT "id", "firstName" FROM "User" ORDER BY "id"`;
    expect(await database.query(query)).toEqual([
      { id: 'a', firstName: null },
      { id: 'b', firstName: 'Bea' },
    ]);
  });

  test('or none, where the first changes nothing', async () => {
    const database = await open(engine);
    expect(await database.commit(rename('nobody', 'x'), insert('a'))).toBe(false);
    expect(await userIds(database)).toEqual([]);
  });

  test('or none, where a later one fails, and others of the same moment are done', async () => {
    const database = await open(engine);
    const outcomes = await Promise.allSettled([
      database.commit(insert('a'), insert('b')),
      database.commit(insert('c'), insert('d'), insert('c')),
      database.commit(insert('e')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await userIds(database)).toEqual(['a', 'b', 'e']);
    expect(await database.commit(insert('f'), insert('g'))).toBe(true);
  });

  test('of 64 commits on one condition one is done', async () => {
    const database = await open(engine);
    await database.execute(insert('a'));
    const ids = Array.from({ length: 64 }, (_, i) => `b${i}`);
    const outcomes = await Promise.all(ids.map((id) => database.commit(rename('a', id), insert(id))));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await userIds(database)).toHaveLength(2);
  });

  test('a closed database refuses them', async () => {
    const database = await open(engine);
    await database.close();
    await expect(database.commit(insert('a'))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(database.execute(insert('a'))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(database.query(Prisma.sql`SELECT 1`)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

test('on SQLite a group whose COMMIT fails is not done, each is told, and the next one works', async () => {
  const database = await open('sqlite');
  await database.execute(insert('a'));
  // A deferred foreign key is looked at only by COMMIT.
  const orphan = Prisma.sql`INSERT INTO "LoginEvent" ("id", "userId", "at") VALUES ('e', 'nobody', ${new Date()})`;
  const defer = Prisma.sql`PRAGMA defer_foreign_keys = ON`;
  const failing = database.commit(insert('b'), defer, orphan);
  const group = await Promise.allSettled([database.execute(rename('a', 'Ada')), failing]);
  expect(group.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await userIds(database)).toEqual(['a']);
  expect(await database.execute(rename('a', 'Ada'))).toBe(1);
});

test('on SQLite they wait while another process holds the lock, and the event loop goes on', async () => {
  const { database, other } = await besideAnother();
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 5);
  const waiting = Promise.all(['a', 'b'].map((id) => database.execute(insert(id))));
  while (turns <= 10) await sleep(20);
  other.exec('COMMIT');
  other.close();
  await waiting;
  clearInterval(counting);
  expect(await userIds(database)).toEqual(['a', 'b']);
});
