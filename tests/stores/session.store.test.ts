import { beforeAll, describe, expect, test } from 'vitest';
import { createAdministrationStore } from '../../src/features/administration/administration.store.js';
import { maxSessionsPerUser, type Session } from '../../src/features/sessions/session.js';
import { endSurplus, insertSession } from '../../src/features/sessions/session.sql.js';
import { createSessionStore, type SessionStore } from '../../src/features/sessions/session.store.js';
import { noteSignIn } from '../../src/features/users/user.sql.js';
import { newId } from '../../src/platform/ids.js';
import { engines } from '../support/databases.js';
import { atOnce, eventOf, newSession, openStoreRoom, type StoreRoom } from './store-room.js';

const minute = 60_000;
const ago = (ms: number) => new Date(Date.now() - ms);

function nextOf(session: Session, now = new Date()): Session {
  const recentlySpent = [{ from: 0, to: 0, at: now.getTime() }];
  const expiresAt = new Date(now.getTime() + 30 * minute);
  const refresh = { refreshIssuedAt: now, refreshJti: newId(), refreshKid: 'another key' };
  return { ...session, generation: session.generation + 1, lastUsedAt: now, expiresAt, ...refresh, recentlySpent };
}

describe.each(engines)('the session store on %s', (engine) => {
  let room: StoreRoom;
  let store: SessionStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createSessionStore(room.db);
  });

  const end = (id: string, userId: string, now = new Date()) =>
    store.end(id, userId, now, eventOf('SESSION_ENDED', userId, id));
  const endAll = (caller: { userId: string; sessionId: string }, keepCurrent: boolean) =>
    store.endAll(caller, keepCurrent, new Date(), eventOf('SESSIONS_ENDED', caller.userId, caller.sessionId));
  const endReused = (session: Session, generation: number) =>
    store.endReused({ ...session, generation }, new Date(), eventOf('REFRESH_TOKEN_REUSED', session.userId));
  const endByOperator = (userId: string) => createAdministrationStore(room.db, store).endSessions(userId, new Date());
  const find = async (id: string) => (await store.findWithUser(id))?.session;

  test('of 32 callers who rotate one generation, one wins', async () => {
    const session = await room.addSession((await room.addUser()).id);
    const successors = Array.from({ length: 32 }, () => nextOf(session));
    const outcomes = await Promise.all(successors.map((next) => store.rotate(next)));
    expect(outcomes.filter(Boolean)).toEqual([true]);
    expect(await find(session.id)).toEqual(successors[outcomes.indexOf(true)]);
  });

  test('what is over is not rotated', async () => {
    const { id: userId } = await room.addUser();
    const ended = await room.addSession(userId, { endedAt: new Date() });
    const expired = await room.addSession(userId, { expiresAt: ago(1) });
    for (const session of [ended, expired]) expect(await store.rotate(nextOf(session))).toBe(false);
  });

  test('a session that is ended while it rotates stays ended', async () => {
    const session = await room.addSession((await room.addUser()).id);
    const [ended] = await Promise.all([
      end(session.id, session.userId),
      ...Array.from({ length: 15 }, () => store.rotate(nextOf(session))),
    ]);
    expect(ended).toEqual([session.id]);
    expect((await find(session.id))?.endedAt).not.toBeNull();
  });

  test('of 32 callers who end a session, one gets the answer that it did', async () => {
    const session = await room.addSession((await room.addUser()).id);
    const outcomes = await atOnce(32, () => end(session.id, session.userId));
    expect(outcomes.flat()).toEqual([session.id]);
    expect(await room.countEvents(session.userId, 'SESSION_ENDED')).toBe(1);
  });

  test('a session that has expired by this clock is ended too and not reported: by another clock it may be live', async () => {
    const { id: userId } = await room.addUser();
    const expired = () => room.addSession(userId, { expiresAt: ago(1_000) });
    const [one, another, third] = [await expired(), await expired(), await expired()];
    expect(await end(one.id, userId)).toEqual([]);
    expect(await endReused(another, 0)).toBe(false);
    expect(await endByOperator(userId)).toBe(0);
    for (const session of [one, another, third]) {
      expect((await find(session.id))?.endedAt).not.toBeNull();
      expect(await store.rotate(nextOf(session, ago(2_000)))).toBe(false);
    }
  });

  test('a session of another account is not ended', async () => {
    const session = await room.addSession((await room.addUser()).id);
    expect(await end(session.id, (await room.addUser()).id)).toEqual([]);
    expect((await find(session.id))?.endedAt).toBeNull();
  });

  test('reuse ends a session only at the generation that made it reuse', async () => {
    const session = await room.addSession((await room.addUser()).id, { generation: 3 });
    expect(await endReused(session, 2)).toBe(false);
    expect(await endReused(session, 3)).toBe(true);
    expect(await endReused(session, 3)).toBe(false);
    expect(await room.countEvents(session.userId, 'REFRESH_TOKEN_REUSED')).toBe(1);
  });

  test('of 16 sessions that end all at once, one does, and the others find themselves ended', async () => {
    const { id: userId } = await room.addUser();
    const sessions = await atOnce(16, () => room.addSession(userId));
    const outcomes = await Promise.all(sessions.map(({ id }) => endAll({ userId, sessionId: id }, false)));
    const [ended, ...others] = outcomes.filter((outcome) => outcome !== null);
    expect(ended?.sort()).toEqual(sessions.map(({ id }) => id).sort());
    expect(others).toEqual([]);
    expect(await room.countEvents(userId, 'SESSIONS_ENDED')).toBe(1);
  });

  test('of 16 sessions that end all others at once, one stays', async () => {
    const { id: userId } = await room.addUser();
    const sessions = await atOnce(16, () => room.addSession(userId));
    const outcomes = await Promise.all(sessions.map(({ id }) => endAll({ userId, sessionId: id }, true)));
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
    const left = await store.listLive(userId, new Date());
    expect(left).toHaveLength(1);
    expect(outcomes[sessions.findIndex(({ id }) => id === left[0]?.id)]).toHaveLength(15);
  });

  test('nothing is ended under a session that is over', async () => {
    const { id: userId } = await room.addUser();
    const [gone, other] = [await room.addSession(userId, { endedAt: new Date() }), await room.addSession(userId)];
    expect(await endAll({ userId, sessionId: gone.id }, false)).toBeNull();
    expect((await find(other.id))?.endedAt).toBeNull();
  });

  test('live sessions are listed most recently used first, and nothing else is', async () => {
    const { id: userId } = await room.addUser();
    const [older, newer] = [
      await room.addSession(userId, { lastUsedAt: ago(2 * minute) }),
      await room.addSession(userId, { lastUsedAt: ago(minute) }),
    ];
    await room.addSession(userId, { endedAt: new Date() });
    await room.addSession(userId, { expiresAt: ago(1) });
    await room.addSession((await room.addUser()).id);
    expect((await store.listLive(userId, new Date())).map(({ id }) => id)).toEqual([newer.id, older.id]);
    expect(await store.countLive(userId, new Date())).toBe(2);
  });

  test('a use is noted once a minute', async () => {
    const start = ago(10 * minute);
    const session = await room.addSession((await room.addUser()).id, { lastUsedAt: start });
    const lastUse = async () => (await find(session.id))?.lastUsedAt.getTime();
    const later = (ms: number) => new Date(start.getTime() + ms);
    await store.touch(session.id, later(minute - 1));
    expect(await lastUse()).toBe(start.getTime());
    await atOnce(16, (index) => store.touch(session.id, later(minute + index)));
    const noted = await lastUse();
    expect(noted).toBeGreaterThanOrEqual(later(minute).getTime());
    await store.touch(session.id, new Date((noted ?? 0) + minute - 1));
    expect(await lastUse()).toBe(noted);
  });

  test('the operator ends what is live of one account', async () => {
    const [{ id: userId }, { id: otherId }] = [await room.addUser(), await room.addUser()];
    await room.addSession(userId);
    await room.addSession(userId, { endedAt: new Date() });
    const other = await room.addSession(otherId);
    expect(await endByOperator(userId)).toBe(1);
    expect((await find(other.id))?.endedAt).toBeNull();
    expect(await createAdministrationStore(room.db, store).endAllSessions(new Date())).toBeGreaterThanOrEqual(1);
    expect((await find(other.id))?.endedAt).not.toBeNull();
  });

  test('at the limit the least recently used sessions end, one for each of 16 that start at once', async () => {
    const user = await room.addUser();
    const { id: userId } = user;
    const sessions = await atOnce(maxSessionsPerUser, (age) =>
      room.addSession(userId, { lastUsedAt: ago(age * minute) }),
    );

    await atOnce(16, () => {
      const session = newSession(userId);
      const start = [insertSession(session), endSurplus(session)];
      return room.db.commit({ confirm: [noteSignIn(user, session.createdAt)], also: start });
    });

    const left = new Set((await store.listLive(userId, new Date())).map(({ id }) => id));
    expect(await room.liveSessions(userId)).toBe(maxSessionsPerUser);
    expect(sessions.map(({ id }) => left.has(id))).toEqual(sessions.map((_, age) => age < maxSessionsPerUser - 16));
  });
});
