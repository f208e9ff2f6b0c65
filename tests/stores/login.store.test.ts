import { beforeAll, describe, expect, test } from 'vitest';
import { createLoginStore, type LoginStore, type Registration } from '../../src/features/login/login.store.js';
import { createPasswordChangeStore } from '../../src/features/password-change/password-change.store.js';
import type { User } from '../../src/features/users/user.js';
import { engines } from '../support/databases.js';
import { atOnce, newSession, newUser, openStoreRoom, type StoreRoom } from './store-room.js';

function registration(facts: Partial<User>): Registration {
  const user = newUser(facts);
  const session = newSession(user.id);
  const mail = { kind: 'VERIFICATION' as const, email: user.email, now: new Date() };
  return { user, passwordHash: 'hash', mail, session };
}

describe.each(engines)('the login store on %s', (engine) => {
  let room: StoreRoom;
  let store: LoginStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createLoginStore(room.db);
  });

  const eventsOf = (userId: string) => room.db.read((client) => client.loginEvent.count({ where: { userId } }));

  test('of 16 who sign up with one address at once, one does, and nothing is left of the others', async () => {
    const email = 'one@example.com';
    const outcomes = await atOnce(16, () => store.register(registration({ email })));
    expect(outcomes.filter((taken) => taken === null)).toHaveLength(1);
    expect(outcomes.filter((taken) => taken === 'EMAIL_TAKEN')).toHaveLength(15);
    expect(await room.db.read((client) => client.outboxMail.count({ where: { email } }))).toBe(1);
    expect(await room.db.read((client) => client.session.count())).toBe(1);
    expect(await room.db.read((client) => client.loginEvent.count())).toBe(1);
  });

  test('of 16 who sign up with one username at once, one does', async () => {
    const outcomes = await atOnce(16, () => store.register(registration({ username: 'wanted' })));
    expect(outcomes.filter((taken) => taken === null)).toHaveLength(1);
    expect(outcomes.filter((taken) => taken === 'USERNAME_TAKEN')).toHaveLength(15);
  });

  test('an account may start without a session', async () => {
    const { user, ...rest } = registration({});
    expect(await store.register({ user, ...rest, session: null })).toBeNull();
    expect(await room.liveSessions(user.id)).toBe(0);
  });

  test('a session, the note of it and the last login are written together', async () => {
    const { id } = await room.addUser();
    const session = newSession(id);
    expect(await store.start(session, 0)).toBe(true);
    expect(await eventsOf(id)).toBe(1);
    const user = await room.db.read((client) => client.user.findUniqueOrThrow({ where: { id } }));
    expect(user.lastLoginAt).toEqual(session.createdAt);
  });

  test('nothing is started with a replaced password or to a closed account', async () => {
    const [replaced, closed] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    expect(await store.start(newSession(replaced.id), 1)).toBe(false);
    expect(await store.start(newSession(closed.id), 0)).toBe(false);
    for (const { id } of [replaced, closed]) {
      expect(await room.liveSessions(id)).toBe(0);
      expect(await eventsOf(id)).toBe(0);
    }
  });

  test('no login outlives a change of password that it races with', async () => {
    const { id: userId } = await room.addUser();
    const caller = await room.addSession(userId);
    const session = newSession(userId);
    const change = { sessionId: caller.id, passwordHash: 'new', passwordVersion: 0, session };
    const [ended] = await Promise.all([
      createPasswordChangeStore(room.db).change(change),
      ...Array.from({ length: 16 }, () => store.start(newSession(userId), 0)),
    ]);
    expect(ended).toContain(caller.id);
    const left = await room.db.read((client) => client.session.findMany({ where: { userId, endedAt: null } }));
    expect(left.map(({ id }) => id)).toEqual([session.id]);
  });
});
