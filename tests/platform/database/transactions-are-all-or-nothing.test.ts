import { setTimeout as sleep } from 'node:timers/promises';
import SqliteHandle from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { engines, migratedDatabaseUrl } from '../../support/databases.js';
import { besideAnother, open, user, userIds } from './handles.js';

describe.each(engines)('on %s', (engine) => {
  test('all writes of a transaction are there when it resolves', async () => {
    const database = await open(engine);
    const answer = await database.transaction(async (tx) => {
      await tx.user.create({ data: user('a') });
      return (await tx.user.create({ data: user('b') })).id;
    });
    expect(answer).toBe('b');
    expect(await userIds(database)).toEqual(['a', 'b']);
  });

  test('an error in a transaction is thrown on, and none of its writes stays', async () => {
    const database = await open(engine);
    const no = new Error('no');
    const failing = database.transaction(async (tx) => {
      await tx.user.create({ data: user('a') });
      throw no;
    });
    await expect(failing).rejects.toBe(no);
    expect(await userIds(database)).toEqual([]);
    await database.write((client) => client.user.create({ data: user('b') }));
    expect(await userIds(database)).toEqual(['b']);
  });

  test('a transaction that takes too long is rolled back and rejects with SERVICE_UNAVAILABLE', async () => {
    const database = await open(engine);
    const late = database.transaction(async (tx) => {
      await tx.user.create({ data: user('a') });
      await sleep(engine === 'sqlite' ? 5_100 : 4_600);
      await tx.user.create({ data: user('b') });
    });
    await expect(late).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await database.write((client) => client.user.create({ data: user('c') }));
    expect(await userIds(database)).toEqual(['c']);
  });

  test('of 64 concurrent conditional updates one wins', async () => {
    const database = await open(engine);
    await database.write((client) => client.user.create({ data: user('a') }));
    const attempt = (i: number) =>
      database.write((client) =>
        client.user.updateMany({
          where: { id: 'a', credentialsVersion: 0 },
          data: { credentialsVersion: 1, firstName: `${i}` },
        }),
      );
    const results = await Promise.all(Array.from({ length: 64 }, (_, i) => attempt(i)));
    expect(results.map(({ count }) => count).filter((count) => count === 1)).toHaveLength(1);
  });

  test('16 concurrent transactions that read, then write under a condition, lose nothing', async () => {
    const database = await open(engine);
    await database.write((client) => client.user.create({ data: user('a') }));
    const increment = () =>
      database.transaction((tx) =>
        tx.user.update({ where: { id: 'a' }, data: { credentialsVersion: { increment: 1 } } }),
      );
    await Promise.all(Array.from({ length: 16 }, increment));
    const row = await database.read((client) => client.user.findUnique({ where: { id: 'a' } }));
    expect(row?.credentialsVersion).toBe(16);
  });
});

test('on SQLite a COMMIT that fails leaves no transaction open', async () => {
  const database = await open('sqlite');
  // A deferred foreign key is looked at only by COMMIT.
  const failing = database.transaction(async (tx) => {
    await tx.$executeRawUnsafe('PRAGMA defer_foreign_keys = ON');
    await tx.mailToken.create({
      data: {
        id: 'm',
        userId: 'missing',
        kind: 'x',
        digest: 'd',
        mailId: 'm',
        createdAt: new Date(),
        expiresAt: new Date(),
      },
    });
  });
  await expect(failing).rejects.toThrow(/constraint/i);
  await database.write((client) => client.user.create({ data: user('a') }));
  expect(await database.read((client) => client.mailToken.count())).toBe(0);
  expect(await userIds(database)).toEqual(['a']);
});

test('on SQLite a transaction holds the write lock from its start, before it has written', async () => {
  const url = await migratedDatabaseUrl('sqlite');
  const database = await open(new URL(url));
  const other = new SqliteHandle(url.slice('file:'.length), { timeout: 0 });
  await database.transaction(async (tx) => {
    await tx.user.count();
    expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    await tx.user.create({ data: user('a') });
  });
  other.exec('BEGIN IMMEDIATE; ROLLBACK');
  other.close();
  expect(await userIds(database)).toEqual(['a']);
});

test('on PostgreSQL a transaction that swallows a failed statement does not resolve as if it were committed', async () => {
  const database = await open('postgresql');
  const failing = database.transaction(async (tx) => {
    await tx.user.create({ data: user('a') });
    await tx.user.create({ data: user('a') }).catch(() => undefined);
  });
  await expect(failing).rejects.toThrow('rolled back');
  expect(await userIds(database)).toEqual([]);
});

test('on PostgreSQL a transaction that loses a deadlock runs again', async () => {
  const database = await open('postgresql');
  await database.write((client) => client.user.createMany({ data: [user('a'), user('b')] }));
  let runs = 0;
  let release = () => {};
  const bothHaveOne = new Promise<void>((resolve) => (release = resolve));
  const lockBoth = (first: string, second: string) =>
    database.transaction(async (tx) => {
      await tx.user.update({ where: { id: first }, data: { credentialsVersion: { increment: 1 } } });
      runs += 1;
      if (runs === 2) release();
      await bothHaveOne;
      await tx.user.update({ where: { id: second }, data: { credentialsVersion: { increment: 1 } } });
    });
  await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')]);
  const versions = await database.read((client) => client.user.findMany({ select: { credentialsVersion: true } }));
  expect(versions).toEqual([{ credentialsVersion: 2 }, { credentialsVersion: 2 }]);
  expect(runs).toBeGreaterThan(2);
});

describe('on SQLite, while another process holds the lock', () => {
  test('writes and transactions wait, and the event loop goes on', async () => {
    const { database, other } = await besideAnother();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 5);
    const writes = Promise.all([
      database.write((client) => client.user.create({ data: user('a') })),
      database.transaction((tx) => tx.user.create({ data: user('b') })),
    ]);
    expect(await userIds(database)).toEqual([]);
    while (turns <= 10) await sleep(20);
    other.exec('COMMIT');
    other.close();
    await writes;
    clearInterval(counting);
    expect(await userIds(database)).toEqual(['a', 'b']);
  });

  test('writes reject with SERVICE_UNAVAILABLE after the timeout, and the next one after the lock works', async () => {
    const { database, other } = await besideAnother();
    const write = database.write((client) => client.user.create({ data: user('a') }));
    await expect(write).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    other.exec('ROLLBACK');
    other.close();
    await database.write((client) => client.user.create({ data: user('b') }));
    expect(await userIds(database)).toEqual(['b']);
  });
});
