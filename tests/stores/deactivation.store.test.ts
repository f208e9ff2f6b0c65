import { beforeAll, describe, expect, test } from 'vitest';
import { createDeactivationStore, type DeactivationStore } from '../../src/features/deactivation/deactivation.store.js';
import { insertEvent } from '../../src/features/events/event.sql.js';
import { insertSession } from '../../src/features/sessions/session.sql.js';
import { createSignInStore } from '../../src/features/sign-in/sign-in.store.js';
import { noteSignIn } from '../../src/features/users/user.sql.js';
import { engines } from '../support/databases.js';
import { addMailToken, countMailTokens } from './mailed-token.js';
import { atOnce, eventOf, newSession, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the deactivation store on %s', (engine) => {
  let room: StoreRoom;
  let store: DeactivationStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createDeactivationStore(room.db);
  });

  const facts = (userId: string) => ({ userId, now: new Date(), event: eventOf('ACCOUNT_DEACTIVATED', userId) });

  test('of 16 sessions that close their account at once, one does, and none is left', async () => {
    const user = await room.addUser();
    const { id: userId } = user;
    const sessions = await atOnce(16, () => room.addSession(userId));
    const outcomes = await Promise.all(
      sessions.map((session) => store.deactivate({ ...facts(userId), by: { user, session } })),
    );
    const [ended, ...others] = outcomes.filter((outcome) => outcome !== null);
    expect(ended?.sort()).toEqual(sessions.map(({ id }) => id).sort());
    expect(others).toEqual([]);
    expect(await room.liveSessions(userId)).toBe(0);
    expect(await room.countEvents(userId, 'ACCOUNT_DEACTIVATED')).toBe(1);
  });

  test('no login outlives a deactivation', async () => {
    const user = await room.addUser();
    const { id: userId } = user;
    const logins = createSignInStore(room.db);
    const login = () => {
      const session = newSession(userId);
      const also = [insertSession(session), insertEvent(eventOf('SIGNED_IN', userId, session.id))];
      return logins.commit({ confirm: [noteSignIn(user, session.createdAt)], also });
    };
    await Promise.all([store.deactivate(facts(userId)), ...Array.from({ length: 16 }, login)]);
    expect(await room.liveSessions(userId)).toBe(0);
  });

  test('under a session that is over, or with replaced credentials, nothing changes', async () => {
    const user = await room.addUser();
    const { id: userId } = user;
    const gone = await room.addSession(userId, { endedAt: new Date() });
    const live = await room.addSession(userId);
    const changed = { ...user, credentialsVersion: 1 };
    expect(await store.deactivate({ ...facts(userId), by: { user, session: gone } })).toBeNull();
    expect(await store.deactivate({ ...facts(userId), by: { user: changed, session: live } })).toBeNull();
    expect((await room.find(userId)).deactivatedAt).toBeNull();
    expect(await room.liveSessions(userId)).toBe(1);
  });

  test('a deactivation voids all that was mailed, and what is still to be mailed', async () => {
    const { id: userId, email } = await room.addUser();
    await addMailToken(room, userId, 'RESET');
    await addMailToken(room, userId, 'VERIFICATION');
    const mail = { id: userId, kind: 'VERIFICATION', email, createdAt: new Date(), nextAttemptAt: new Date() };
    await room.db.write((client) => client.outboxMail.create({ data: mail }));
    expect(await store.deactivate(facts(userId))).toEqual([]);
    expect(await countMailTokens(room, userId)).toBe(0);
    expect(await room.db.read((client) => client.outboxMail.count({ where: { email } }))).toBe(0);
  });
});
