import { beforeAll, describe, expect, test } from 'vitest';
import {
  addUser,
  closeAccount,
  createUserStore,
  noteSignIn,
  replacePassword,
  type UserStore,
} from '../../src/features/users/user.store.js';
import { engines } from '../support/databases.js';
import { atOnce, newUser, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the user store on %s', (engine) => {
  let room: StoreRoom;
  let store: UserStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createUserStore(room.db);
  });

  /** The callers of the profile changes: an account and its live session. */
  async function caller() {
    const { id: userId } = await room.addUser();
    return { userId, sessionId: (await room.addSession(userId)).id };
  }

  test('of 16 who register one address at once, one gets it', async () => {
    const users = Array.from({ length: 16 }, () => newUser({ email: 'wanted@example.com' }));
    const outcomes = await Promise.allSettled(users.map((user) => room.db.execute(addUser(user, 'hash'))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('of 16 who want one username at once, one gets it', async () => {
    const callers = await atOnce(16, caller);
    const outcomes = await Promise.all(
      callers.map((each) => store.updateProfile(each, { username: 'popular' }, new Date())),
    );
    expect(outcomes.filter((outcome) => outcome === 'USERNAME_TAKEN')).toHaveLength(15);
    const owner = await store.findBy({ username: 'popular' });
    expect(outcomes).toContainEqual(owner?.user);
  });

  test('what a profile change leaves out stays, and null clears', async () => {
    const me = await caller();
    await store.updateProfile(me, { firstName: 'Ada', lastName: 'Lovelace' }, new Date());
    const changed = await store.updateProfile(me, { lastName: null, username: undefined }, new Date());
    expect(changed).toMatchObject({ firstName: 'Ada', lastName: null });
    expect(await store.updateProfile(me, {}, new Date())).toEqual(changed);
  });

  test('a profile is not changed under a session that is over, or of a closed account', async () => {
    const [ended, expired, closed] = [await caller(), await caller(), await caller()];
    const long = new Date(Date.now() + 86_400_000);
    await room.db.write((client) =>
      client.session.update({ where: { id: ended.sessionId }, data: { endedAt: new Date() } }),
    );
    await room.db.transaction((tx) => closeAccount(tx, closed.userId, new Date()));
    expect(await store.updateProfile(ended, { firstName: 'X' }, new Date())).toBeNull();
    expect(await store.updateProfile(expired, { firstName: 'X' }, long)).toBeNull();
    expect(await store.updateProfile(closed, { firstName: 'X' }, new Date())).toBeNull();
    expect(await store.updateProfile({ ...ended, sessionId: expired.sessionId }, {}, new Date())).toBeNull();
  });

  test('of 16 who replace one password at once, one does', async () => {
    const { id } = await room.addUser();
    const outcomes = await atOnce(16, (index) =>
      room.db.transaction((tx) => replacePassword(tx, id, `hash ${index}`, { version: 0 })),
    );
    const winner = outcomes.findIndex((outcome) => outcome !== null);
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
    expect((await store.find(id))?.password).toEqual({ hash: `hash ${winner}`, version: 1 });
  });

  test('of 16 who close one account at once, one does', async () => {
    const { id } = await room.addUser();
    const outcomes = await atOnce(16, () =>
      room.db.transaction((tx) => closeAccount(tx, id, new Date(), { version: 0 })),
    );
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
    await store.reactivate(id);
    expect((await store.find(id))?.user.deactivatedAt).toBeNull();
  });

  test('nobody signs in with a password that was replaced meanwhile, or to a closed account', async () => {
    const [{ id }, { id: closed }] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    const signIn = (userId: string, version: number) => room.db.execute(noteSignIn(userId, version, new Date()));
    expect(await signIn(id, 0)).toBe(1);
    await room.db.transaction((tx) => replacePassword(tx, id, 'the second hash'));
    expect(await signIn(id, 0)).toBe(0);
    expect(await signIn(id, 1)).toBe(1);
    expect(await signIn(closed, 0)).toBe(0);
  });

  test('a renewed hash never overwrites a changed password, and counts as no change', async () => {
    const { id } = await room.addUser();
    await store.renewHash(id, 'the first hash', 'renewed');
    expect((await store.find(id))?.password).toEqual({ hash: 'renewed', version: 0 });
    await room.db.transaction((tx) => replacePassword(tx, id, 'the second hash'));
    await store.renewHash(id, 'renewed', 'too late');
    expect((await store.find(id))?.password).toEqual({ hash: 'the second hash', version: 1 });
  });

  test('what is taken is told, the address first', async () => {
    const { email } = await room.addUser();
    await room.addUser({ username: 'somebody' });
    expect(await store.taken(email, 'somebody')).toBe('EMAIL_TAKEN');
    expect(await store.taken('free@example.com', 'somebody')).toBe('USERNAME_TAKEN');
    expect(await store.taken('free@example.com', null)).toBeNull();
  });

  test('every account is listed, across batches, each once', async () => {
    const rows = Array.from({ length: 501 }, () => ({ ...newUser(), passwordHash: 'hash' }));
    await room.db.write((client) => client.user.createMany({ data: rows }));
    const ids: string[] = [];
    for await (const { id } of store.all()) ids.push(id);
    expect(ids).toHaveLength(await room.db.read((client) => client.user.count()));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
