import { beforeAll, describe, expect, test } from 'vitest';
import { createDeactivationStore, type DeactivationStore } from '../../src/features/deactivation/deactivation.store.js';
import { createLoginStore } from '../../src/features/login/login.store.js';
import { engines } from '../support/databases.js';
import { addMailToken, countMailTokens } from './mailed-token.js';
import { atOnce, newSession, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the deactivation store on %s', (engine) => {
  let room: StoreRoom;
  let store: DeactivationStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createDeactivationStore(room.db);
  });

  test('of 16 sessions that close their account at once, one does, and none is left', async () => {
    const { id: userId } = await room.addUser();
    const sessions = await atOnce(16, () => room.addSession(userId));
    const outcomes = await Promise.all(
      sessions.map(({ id }) => store.deactivate({ userId, sessionId: id, passwordVersion: 0, now: new Date() })),
    );
    const [ended, ...others] = outcomes.filter((outcome) => outcome !== null);
    expect(ended?.sort()).toEqual(sessions.map(({ id }) => id).sort());
    expect(others).toEqual([]);
    expect(await room.liveSessions(userId)).toBe(0);
  });

  test('no login outlives it', async () => {
    const { id: userId } = await room.addUser();
    const logins = createLoginStore(room.db);
    await Promise.all([
      store.deactivate({ userId, now: new Date() }),
      ...Array.from({ length: 16 }, () => logins.start(newSession(userId), 0)),
    ]);
    expect(await room.liveSessions(userId)).toBe(0);
  });

  test('under a session that is over, or with a replaced password, nothing changes', async () => {
    const { id: userId } = await room.addUser();
    const gone = await room.addSession(userId, { endedAt: new Date() });
    const live = await room.addSession(userId);
    expect(await store.deactivate({ userId, sessionId: gone.id, passwordVersion: 0, now: new Date() })).toBeNull();
    expect(await store.deactivate({ userId, sessionId: live.id, passwordVersion: 1, now: new Date() })).toBeNull();
    const user = await room.db.read((client) => client.user.findUniqueOrThrow({ where: { id: userId } }));
    expect(user.deactivatedAt).toBeNull();
    expect(await room.liveSessions(userId)).toBe(1);
  });

  test('it voids all that was mailed, and what is still to be mailed', async () => {
    const { id: userId, email } = await room.addUser();
    await addMailToken(room, userId, 'RESET');
    await addMailToken(room, userId, 'VERIFICATION');
    const mail = { id: userId, kind: 'VERIFICATION', email, createdAt: new Date(), nextAttemptAt: new Date() };
    await room.db.write((client) => client.outboxMail.create({ data: mail }));
    expect(await store.deactivate({ userId, now: new Date() })).toEqual([]);
    expect(await countMailTokens(room, userId)).toBe(0);
    expect(await room.db.read((client) => client.outboxMail.count({ where: { email } }))).toBe(0);
  });
});
