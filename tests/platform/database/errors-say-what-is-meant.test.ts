import { describe, expect, test } from 'vitest';
import { violatedUnique } from '../../../src/platform/database/database-errors.js';
import { engines } from '../../support/databases.js';
import { open, user } from './handles.js';

describe.each(engines)('on %s', (engine) => {
  test('a unique violation tells the columns', async () => {
    const database = await open(engine);
    const fault = (data: object) =>
      database
        .write((client) => client.user.create({ data: { ...user('b'), ...data } }))
        .then(() => null, violatedUnique);
    await database.write((client) => client.user.create({ data: { ...user('a'), username: 'ann' } }));
    expect(await fault({ id: 'a' })).toEqual(['id']);
    expect(await fault({ email: 'a@example.com' })).toEqual(['email']);
    expect(await fault({ username: 'ann' })).toEqual(['username']);
    const raw = `INSERT INTO "User" ("id", "email", "passwordHash", "createdAt") VALUES ('c', 'a@example.com', '', '2020-01-01')`;
    expect(await database.write((client) => client.$executeRawUnsafe(raw)).catch(violatedUnique)).toEqual(['email']);
    expect(violatedUnique(new Error('something else'))).toBeNull();
    expect(await fault({ username: 'bob' })).toBeNull();
  });

  test('an error of ours is no outage and passes as it is', async () => {
    const database = await open(engine);
    await expect(
      database.read((client) => client.user.findUniqueOrThrow({ where: { id: 'x' } })),
    ).rejects.toMatchObject({ code: 'P2025' });
    await expect(database.write((client) => client.$executeRawUnsafe('no SQL'))).rejects.toMatchObject({
      code: 'P2010',
    });
  });

  test('a call that Prisma does not take is told without its values', async () => {
    const database = await open(engine);
    const wrong = { ...user('a'), passwordHash: 'a-hash', bogus: 1 };
    const error: Error = await database
      .write((client) => client.user.create({ data: wrong as never }))
      .then(Object, (thrown) => thrown);
    expect(error.message).toContain('Unknown argument `bogus`');
    expect(`${error.message} ${error.stack}`).not.toContain('a-hash');
  });

  test('a closed database answers SERVICE_UNAVAILABLE and does not open again', async () => {
    const database = await open(engine);
    await database.close();
    await database.close();
    const attempts = [
      database.read((client) => client.user.count()),
      database.write((client) => client.user.create({ data: user('a') })),
      database.transaction((tx) => tx.user.count()),
    ];
    for (const result of await Promise.allSettled(attempts)) {
      expect(result).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } });
    }
  });

  test('statements are logged without their values, where a log is given', async () => {
    const logged: string[] = [];
    const database = await open(engine, { log: (sql, ms) => logged.push(`${sql} ${typeof ms}`) });
    await database.write((client) => client.user.create({ data: { ...user('a'), passwordHash: 'a-hash' } }));
    await database.transaction((tx) => tx.user.updateMany({ where: { id: 'a' }, data: { passwordHash: 'a-hash' } }));
    expect(logged.join('\n')).toMatch(/INSERT INTO .*User.* number/s);
    expect(logged.join('\n')).not.toContain('a-hash');
  });

  test('the clocks of one machine agree', async () => {
    const database = await open(engine);
    expect(Math.abs(await database.clockSkewMs())).toBeLessThan(1_000);
  });
});
