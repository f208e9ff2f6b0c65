import { beforeAll, describe, expect, test } from 'vitest';
import { createPasswordStore } from '../../src/features/password/password.store.js';
import {
  createPasswordChangeService,
  type PasswordChangeService,
} from '../../src/features/password/password-change.service.js';
import type { CurrentSession } from '../../src/features/sessions/session.js';
import type { User } from '../../src/features/users/user.js';
import { engines } from '../support/databases.js';
import { openGate, plainHashing } from './gate.js';
import { atOnce, call, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the commit of a password change on %s', (engine) => {
  let room: StoreRoom;
  let changes: PasswordChangeService;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    const passwords = createPasswordStore(room.db);
    const settings = { passwordMinLength: 8 };
    changes = createPasswordChangeService({ passwords, signIn: openGate(room), hashing: plainHashing, settings });
  });

  /** The hash is the new password itself. */
  function change(user: User, session: CurrentSession, newPassword = 'another horse battery') {
    return changes.change({ ...call, principal: { user, session } }, { currentPassword: 'any', newPassword });
  }

  const overtaken = { code: 'UNAUTHENTICATED', facts: { reason: 'SESSION_ENDED' } };

  test('of 16 sessions that change one password at once, one does, and its new session alone is left', async () => {
    const user = await room.addUser();
    const sessions = await atOnce(16, () => room.addSession(user.id));
    const outcomes = await Promise.allSettled(
      sessions.map((session, index) => change(user, session, `a horse battery ${index}`)),
    );
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    const rejected = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(rejected).toHaveLength(15);
    for (const reason of rejected) expect(reason).toMatchObject(overtaken);
    const changed = (outcomes[winner] as PromiseFulfilledResult<Awaited<ReturnType<typeof change>>>).value;
    expect(changed.endedSessionIds.sort()).toEqual(sessions.map(({ id }) => id).sort());
    expect(await room.hashOf(user.id)).toBe(`a horse battery ${winner}`);
    expect((await room.find(user.id)).credentialsVersion).toBe(1);
    const where = { userId: user.id, endedAt: null };
    const left = await room.db.read((client) => client.session.findMany({ where }));
    expect(left.map(({ id }) => id)).toEqual([changed.issued.session.id]);
    expect(await room.countEvents(user.id, 'PASSWORD_CHANGED')).toBe(1);
  });

  test('under a session that is over nothing is changed, nor ended', async () => {
    const user = await room.addUser();
    const gone = await room.addSession(user.id, { endedAt: new Date() });
    await room.addSession(user.id);
    await expect(change(user, gone)).rejects.toMatchObject(overtaken);
    expect(await room.hashOf(user.id)).toBe('the first hash');
    expect((await room.find(user.id)).credentialsVersion).toBe(0);
    expect(await room.liveSessions(user.id)).toBe(1);
  });

  test("a password that is no longer the one that was checked, or a deactivated account's, stays", async () => {
    const [open, closed] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    const [first, second] = [await room.addSession(open.id), await room.addSession(closed.id)];
    await expect(change({ ...open, credentialsVersion: 1 }, first)).rejects.toMatchObject(overtaken);
    await expect(change(closed, second)).rejects.toMatchObject(overtaken);
    for (const { id } of [open, closed]) expect(await room.hashOf(id)).toBe('the first hash');
  });

  test('it voids what could reset the password, and nothing else that was mailed', async () => {
    const user = await room.addUser();
    const { id: userId, email } = user;
    const session = await room.addSession(userId);
    const dates = { createdAt: new Date(), expiresAt: new Date(Date.now() + 60_000) };
    const kinds = ['RESET', 'VERIFICATION'];
    const tokens = kinds.map((kind) => ({
      id: `${kind} ${engine}`,
      userId,
      kind,
      digest: kind,
      mailId: kind,
      ...dates,
    }));
    const mails = kinds.map((kind) => ({ id: kind, kind, email, createdAt: new Date(), nextAttemptAt: new Date() }));
    await room.db.write((client) => client.mailToken.createMany({ data: tokens }));
    await room.db.write((client) => client.outboxMail.createMany({ data: mails }));
    await change(user, session);
    const kept = await room.db.read((client) => client.mailToken.findMany({ where: { userId } }));
    expect(kept.map(({ kind }) => kind)).toEqual(['VERIFICATION']);
    const queued = await room.db.read((client) => client.outboxMail.findMany({ where: { email } }));
    expect(queued.map(({ kind }) => kind)).toEqual(['VERIFICATION']);
  });
});
