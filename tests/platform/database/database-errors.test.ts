import { describe, expect, test } from 'vitest';
import { setPassword } from '../../../src/features/password/password.sql.js';
import {
  isConnectionRejected,
  isReadOnly,
  isUnavailable,
  orUnavailable,
  violatedUnique,
} from '../../../src/platform/database/database-errors.js';
import { engines } from '../../support/databases.js';
import { open, user } from './handles.js';

describe.each(engines)('on %s', (engine) => {
  test('the error of a unique index tells its columns', async () => {
    const database = await open(engine);
    const fault = (data: object) =>
      database
        .write((client) => client.user.create({ data: { ...user('b'), ...data } }))
        .then(() => null, violatedUnique);
    await database.write((client) => client.user.create({ data: { ...user('a'), username: 'ann' } }));
    expect(await fault({ id: 'a' })).toEqual(['id']);
    expect(await fault({ email: 'a@example.com' })).toEqual(['email']);
    expect(await fault({ username: 'ann' })).toEqual(['username']);
    const raw = `INSERT INTO "User" ("id", "email", "createdAt") VALUES ('c', 'a@example.com', '2020-01-01')`;
    expect(await database.write((client) => client.$executeRawUnsafe(raw)).catch(violatedUnique)).toEqual(['email']);
    expect(violatedUnique(new Error('something else'))).toBeNull();
    expect(await fault({ username: 'bob' })).toBeNull();
  });

  test('a wrong statement is no outage, and its error passes as it is', async () => {
    const database = await open(engine);
    await expect(
      database.read((client) => client.user.findUniqueOrThrow({ where: { id: 'x' } })),
    ).rejects.toMatchObject({ code: 'P2025' });
    await expect(database.write((client) => client.$executeRawUnsafe('no SQL'))).rejects.toMatchObject({
      code: 'P2010',
    });
  });

  test('the error of a call that Prisma does not take holds none of its values', async () => {
    const database = await open(engine);
    const wrong = { userId: 'a', hash: 'a-hash', cost: 4, bogus: 1 };
    const error: Error = await database
      .write((client) => client.password.create({ data: wrong as never }))
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
    await database.write((client) => client.user.create({ data: user('a') }));
    const data = { userId: 'a', hash: 'a-hash', cost: 4 };
    await database.write((client) => client.password.create({ data }));
    await database.transaction((tx) => tx.password.updateMany({ where: { userId: 'a' }, data }));
    await database.commit({ confirm: [setPassword('a', data)], also: [setPassword('a', data)] });
    expect(logged.join('\n')).toMatch(/INSERT INTO .*Password.* number/s);
    expect(logged.join('\n')).not.toContain('a-hash');
  });

  test('the clocks of one machine agree', async () => {
    const database = await open(engine);
    expect(Math.abs(await database.clockSkewMs())).toBeLessThan(1_000);
  });
});

describe('an error of the driver', () => {
  const withCode = (code: string, message = 'whatever language the server speaks') =>
    Object.assign(new Error(message), { code });

  test.each([
    ...['08006', '53300', '53100', '57P01', '57P03', '57014', '25P03', '55P03', '40P01', '58030'],
    ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
    ...['SQLITE_BUSY', 'SQLITE_IOERR_WRITE', 'SQLITE_FULL', 'SQLITE_READONLY'],
  ])('of the code %s is an outage, wherever in the chain of causes', async (code) => {
    const error = withCode(code);
    const wrapped = [error, new Error('outer', { cause: error }), new AggregateError([error])];
    const byPrisma = Object.assign(new Error('Prisma'), {
      meta: { driverAdapterError: { cause: { originalCode: code } } },
    });
    for (const each of [...wrapped, byPrisma]) {
      expect([isUnavailable(each), isConnectionRejected(each)]).toEqual([true, false]);
      await expect(orUnavailable(() => Promise.reject(each))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
  });

  test.each([
    ...['28P01', '28000', '3D000', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED'],
    ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('of the code %s is an outage while serving, and a wrong setting at the start', (code) => {
    expect([isUnavailable(withCode(code)), isConnectionRejected(withCode(code))]).toEqual([true, true]);
  });

  test.each(['23505', '42P01', '42501', '22P02', 'P2002', 'SQLITE_CONSTRAINT_UNIQUE', 'ENOENT', ''])(
    'of the code "%s" is no outage',
    async (code) => {
      const error = withCode(code);
      expect(isUnavailable(error)).toBe(false);
      await expect(orUnavailable(() => Promise.reject(error))).rejects.toBe(error);
    },
  );

  test('of a read-only database says so to clients', async () => {
    const error = withCode('25006');
    expect([isReadOnly(error), isUnavailable(error)]).toEqual([true, true]);
    await expect(orUnavailable(() => Promise.reject(error))).rejects.toMatchObject({
      message: 'The database is read-only.',
    });
  });
});
