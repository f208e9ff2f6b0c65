import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { engines } from '../../support/databases.js';
import { besideAnother, open, run, user, userIds } from './handles.js';

const rename = (id: string, name: string) =>
  Prisma.sql`UPDATE "User" SET "firstName" = ${name} WHERE "id" = ${id} AND "firstName" IS NULL`;

const insert = (id: string) =>
  Prisma.sql`INSERT INTO "User" ("id", "email", "createdAt") VALUES (${id}, ${id}, ${new Date()})`;

describe.each(engines)('on %s', (engine) => {
  describe('in any time zone', () => {
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
      const columns = Prisma.sql`"id", "createdAt", "createdAt" AS "renamed", "lastLoginAt", "credentialsVersion"`;
      const query = Prisma.sql`SELECT ${columns} FROM "User" WHERE "createdAt" = ${moment}`;
      const row = { id: 'a', createdAt: moment, renamed: moment, lastLoginAt: null, credentialsVersion: 0 };
      expect(await database.query(query)).toEqual([row]);

      const later = new Date('2026-10-25T01:00:00.007Z');
      const where = Prisma.sql`"id" = 'a' AND "createdAt" < ${later}`;
      const update = Prisma.sql`UPDATE "User" SET "lastLoginAt" = ${later} WHERE ${where} RETURNING *`;
      const alone = await database.commit({ confirm: [update] });
      const together = await database.commit({ confirm: [update], also: [update] });
      const kept = await database.read((client) => client.user.findUnique({ where: { id: 'a', lastLoginAt: later } }));
      expect(kept?.lastLoginAt).toEqual(later);
      expect(alone).toEqual([[kept]]);
      expect(together).toEqual([[kept], [kept]]);
    });
  });

  test('of 64 concurrent conditional updates one wins', async () => {
    const database = await open(engine);
    await run(database, insert('a'));
    const attempts = Array.from({ length: 64 }, (_, i) => run(database, rename('a', `${i}`)));
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
  });

  test('more statements than fit into one commit each answer whether they changed a row', async () => {
    const database = await open(engine);
    const ids = Array.from({ length: 150 }, (_, i) => `${i}`.padStart(3, '0'));
    await Promise.all(ids.map((id) => run(database, insert(id))));
    expect(await userIds(database)).toEqual(ids);
    const changed = await Promise.all(['000', 'none', '149'].map((id) => run(database, rename(id, 'x'))));
    expect(changed).toEqual([true, false, true]);
  });

  test('a query sees every commit that was answered before', async () => {
    const database = await open(engine);
    for (const id of ['a', 'b', 'c']) {
      await run(database, insert(id));
      expect(await database.query(Prisma.sql`SELECT "id" FROM "User" WHERE "id" = ${id}`)).toEqual([{ id }]);
    }
  });

  test('a statement that fails rejects, changes nothing, and later ones work', async () => {
    const database = await open(engine);
    await run(database, insert('a'));
    await expect(run(database, insert('a'))).rejects.toThrow(/unique/i);
    await run(database, insert('b'));
    expect(await userIds(database)).toEqual(['a', 'b']);
  });

  test('no statement is rolled back with another transaction', async () => {
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
      return run(database, insert(`plain-${i}`));
    });
    await Promise.allSettled(abandoned);
    expect(await Promise.all(plain)).toEqual(Array.from({ length: 60 }, () => true));
    expect(await userIds(database)).toHaveLength(60);
  });

  test('of statements that share a commit, one that fails takes no other with it', async () => {
    const database = await open(engine);
    await run(database, insert('a'));
    const together = await Promise.allSettled(['b', 'a', 'c'].map((id) => run(database, insert(id))));
    expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await userIds(database)).toEqual(['a', 'b', 'c']);
  });

  test('a statement of several rows that fails adds none of them, beside others in its commit', async () => {
    const database = await open(engine);
    const values = ['b', 'c', 'b'].map((id) => Prisma.sql`(${id}, ${id}, ${new Date()})`);
    const several = Prisma.sql`INSERT INTO "User" ("id", "email", "createdAt") VALUES ${Prisma.join(values)}`;
    const together = await Promise.allSettled([insert('a'), several, insert('d')].map((sql) => run(database, sql)));
    expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await userIds(database)).toEqual(['a', 'd']);
  });

  test('all statements of a commit are done', async () => {
    const database = await open(engine);
    const work = { confirm: [insert('a')], also: [insert('b'), rename('b', 'Bea')] } as const;
    expect(await database.commit(work)).toEqual([[], [], []]);
    const query = Prisma.sql`SELECT "id", "firstName" FROM "User" ORDER BY "id"`;
    expect(await database.query(query)).toEqual([
      { id: 'a', firstName: null },
      { id: 'b', firstName: 'Bea' },
    ]);
  });

  test('no statement of a commit is done where one that confirms changes nothing', async () => {
    const database = await open(engine);
    expect(await database.commit({ confirm: [rename('none', 'x')], also: [insert('a')] })).toBeNull();
    expect(await database.commit({ confirm: [insert('a'), rename('none', 'x')], also: [insert('b')] })).toBeNull();
    expect(await userIds(database)).toEqual([]);
    expect(await database.commit({ confirm: [insert('a'), insert('b')], also: [rename('none', 'x')] })).not.toBeNull();
    expect(await userIds(database)).toEqual(['a', 'b']);
  });

  test('no statement of a commit is done where a later one fails, and other commits of that moment are done', async () => {
    const database = await open(engine);
    const outcomes = await Promise.allSettled([
      database.commit({ confirm: [insert('a')], also: [insert('b')] }),
      database.commit({ confirm: [insert('c')], also: [insert('d'), insert('c')] }),
      database.commit({ confirm: [insert('e')] }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await userIds(database)).toEqual(['a', 'b', 'e']);
    expect(await database.commit({ confirm: [insert('f')], also: [insert('g')] })).not.toBeNull();
  });

  test('of 64 commits on one condition one is done', async () => {
    const database = await open(engine);
    await run(database, insert('a'));
    const ids = Array.from({ length: 64 }, (_, i) => `b${i}`);
    const outcomes = await Promise.all(
      ids.map((id) => database.commit({ confirm: [rename('a', id)], also: [insert(id)] })),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await userIds(database)).toHaveLength(2);
  });

  test('a closed database rejects queries and commits', async () => {
    const database = await open(engine);
    await database.close();
    const several = { confirm: [insert('a')], also: [insert('b')] } as const;
    await expect(database.commit(several)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(run(database, insert('a'))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(database.query(Prisma.sql`SELECT 1`)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

test('on SQLite a group whose COMMIT fails is not done, each of its callers gets the error, and the next one works', async () => {
  const database = await open('sqlite');
  await run(database, insert('a'));
  // A deferred foreign key is looked at only by COMMIT.
  const orphan = Prisma.sql`INSERT INTO "Password" ("userId", "hash", "cost") VALUES ('none', 'x', 4)`;
  const defer = Prisma.sql`PRAGMA defer_foreign_keys = ON`;
  const failing = database.commit({ confirm: [insert('b')], also: [defer, orphan] });
  const group = await Promise.allSettled([run(database, rename('a', 'Ada')), failing]);
  expect(group.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await userIds(database)).toEqual(['a']);
  expect(await run(database, rename('a', 'Ada'))).toBe(true);
});

test('on SQLite commits wait while another process holds the lock, and the event loop goes on', async () => {
  const { database, other } = await besideAnother();
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 5);
  const waiting = Promise.all(['a', 'b'].map((id) => run(database, insert(id))));
  while (turns <= 10) await sleep(20);
  other.exec('COMMIT');
  other.close();
  await waiting;
  clearInterval(counting);
  expect(await userIds(database)).toEqual(['a', 'b']);
});
