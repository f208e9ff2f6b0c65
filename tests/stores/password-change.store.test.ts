import { beforeAll, describe, expect, test } from 'vitest';
import {
  createPasswordChangeStore,
  type PasswordChangeStore,
} from '../../src/features/password-change/password-change.store.js';
import { engines } from '../support/databases.js';
import { atOnce, newSession, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the password change store on %s', (engine) => {
  let room: StoreRoom;
  let store: PasswordChangeStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createPasswordChangeStore(room.db);
  });

  function change(userId: string, sessionId: string, passwordHash = 'new', passwordVersion = 0) {
    return { sessionId, passwordHash, passwordVersion, session: newSession(userId) };
  }

  test('of 16 sessions that change one password at once, one does, and its new session alone is left', async () => {
    const { id: userId } = await room.addUser();
    const sessions = await atOnce(16, () => room.addSession(userId));
    const changes = sessions.map(({ id }, index) => change(userId, id, `hash ${index}`));
    const outcomes = await Promise.all(changes.map((each) => store.change(each)));
    const winner = outcomes.findIndex((ended) => ended !== null);
    expect(outcomes.filter((ended) => ended !== null)).toHaveLength(1);
    expect(outcomes[winner]?.sort()).toEqual(sessions.map(({ id }) => id).sort());
    expect(await room.passwordOf(userId)).toEqual({ passwordHash: `hash ${winner}` });
    const left = await room.db.read((client) => client.session.findMany({ where: { userId, endedAt: null } }));
    expect(left.map(({ id }) => id)).toEqual([changes[winner]?.session.id]);
  });

  test('under a session that is over nothing is changed, nor ended', async () => {
    const { id: userId } = await room.addUser();
    const gone = await room.addSession(userId, { endedAt: new Date() });
    await room.addSession(userId);
    expect(await store.change(change(userId, gone.id))).toBeNull();
    expect(await room.passwordOf(userId)).toEqual({ passwordHash: 'the first hash' });
    expect(await room.liveSessions(userId)).toBe(1);
  });

  test("a password that is no longer the one that was checked, or a closed account's, stays", async () => {
    const [open, closed] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    const [first, second] = [await room.addSession(open.id), await room.addSession(closed.id)];
    expect(await store.change(change(open.id, first.id, 'new', 1))).toBeNull();
    expect(await store.change(change(closed.id, second.id))).toBeNull();
  });

  test('it voids what could reset the password, and nothing else that was mailed', async () => {
    const { id: userId, email } = await room.addUser();
    const { id: sessionId } = await room.addSession(userId);
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
    await store.change(change(userId, sessionId));
    const kept = await room.db.read((client) => client.mailToken.findMany({ where: { userId } }));
    expect(kept.map(({ kind }) => kind)).toEqual(['VERIFICATION']);
    const owed = await room.db.read((client) => client.outboxMail.findMany({ where: { email } }));
    expect(owed.map(({ kind }) => kind)).toEqual(['VERIFICATION']);
  });
});
