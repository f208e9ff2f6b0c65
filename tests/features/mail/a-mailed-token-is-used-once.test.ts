import { describe, expect, test } from 'vitest';
import { spendToken } from '../../../src/features/mail/mail.sql.js';
import { lockActiveUser } from '../../../src/features/users/user.sql.js';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import { sha256 } from '../../../src/platform/digest.js';
import { engines } from '../../support/databases.js';
import { type MailRoom, openMailRoom } from './mail-room.js';

const minute = 60_000;

function consume(room: MailRoom, token: string, kind: 'RESET' | 'VERIFICATION' = 'RESET', now = new Date()) {
  return room.spend(token, kind, now);
}

describe.each(engines)('on %s', (engine) => {
  test('of 32 requests that present one token at once, one succeeds', async () => {
    const room = await openMailRoom(engine);
    // Several times: at the first the connections are still being made, which keeps the callers apart.
    for (let round = 0; round < 4; round++) {
      const user = await room.addUser();
      const token = await room.mailedToken('RESET', user);

      const winners = await Promise.all(Array.from({ length: 32 }, () => consume(room, token)));

      expect(winners.filter((userId) => userId !== null)).toEqual([user.id]);
      expect(await consume(room, token)).toBeNull();
    }
  });

  test('of three tokens of one user, presented at once, one succeeds', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const tokens: string[] = [];
    for (let n = 0; n < 3; n++) tokens.push(await room.mailedToken('RESET', user));

    const winners = await Promise.all(tokens.map((token) => consume(room, token)));

    expect(winners.filter((userId) => userId !== null)).toEqual([user.id]);
  });

  test('using one voids the rest of its kind, and nothing of the other kind or of another user', async () => {
    const room = await openMailRoom(engine);
    const [user, other] = [await room.addUser(), await room.addUser()];
    const [first, second] = [await room.mailedToken('RESET', user), await room.mailedToken('RESET', user)];
    const verification = await room.mailedToken('VERIFICATION', user);
    const foreign = await room.mailedToken('RESET', other);

    expect(await consume(room, first)).toBe(user.id);

    expect(await consume(room, second)).toBeNull();
    expect(await consume(room, verification, 'VERIFICATION')).toBe(user.id);
    expect(await consume(room, foreign)).toBe(other.id);
  });

  test('a transaction that is rolled back spends nothing', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const token = await room.mailedToken('RESET', user);

    const attempt = room.db.commit({
      confirm: [lockActiveUser(user.id), spendToken(user.id, sha256(token), 'RESET', new Date())],
      also: [Prisma.sql`INSERT INTO "NoSuchTable" VALUES (1)`],
    });

    await expect(attempt).rejects.toThrow('NoSuchTable');
    expect(await consume(room, token)).toBe(user.id);
  });

  test('a token is rejected as another kind, after its lifetime, and when it is unknown', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const reset = await room.mailedToken('RESET', user);
    const verification = await room.mailedToken('VERIFICATION', user);
    const later = (minutes: number) => new Date(Date.now() + minutes * minute);

    expect(await room.mailTokens.find(sha256(reset), 'VERIFICATION', new Date())).toBeNull();
    expect(await room.mailTokens.find(sha256(reset), 'RESET', later(59))).toBe(user.id);
    expect(await consume(room, reset, 'RESET', later(61))).toBeNull();
    expect(await consume(room, verification, 'VERIFICATION', later(24 * 60 + 1))).toBeNull();
    expect(await consume(room, verification, 'VERIFICATION', later(24 * 60 - 1))).toBe(user.id);
    expect(await consume(room, 'unknown')).toBeNull();
  });

  test('no reset token survives a password change that runs while it is made', async () => {
    const room = await openMailRoom(engine);
    for (let round = 0; round < 12; round++) {
      const user = await room.addUser();
      for (let n = 0; n < 4; n++) await room.enqueue('RESET', user.email);
      const now = new Date();
      const mails = await room.outbox.claim({ now, limit: 4, claimId: 'sender', kinds: ['RESET'] });
      const facts = { claimId: 'sender', userId: user.id, kind: 'RESET', lifetimeMs: 60 * minute, now };

      const passwordChange = () => room.voidMails(user, 'RESET');
      const issues = mails.map(
        ({ id }) =>
          () =>
            room.mailTokens.issue({ ...facts, mailId: id }),
      );
      await Promise.all([...issues.slice(2), passwordChange, ...issues.slice(0, 2)].map((start) => start()));

      expect(await room.db.read((client) => client.mailToken.count({ where: { userId: user.id } }))).toBe(0);
    }
  });
});
