import { beforeAll, describe, expect, test } from 'vitest';
import { createAdministrationStore } from '../../src/features/administration/administration.store.js';
import { setPassword } from '../../src/features/password/password.sql.js';
import { createPasswordStore } from '../../src/features/password/password.store.js';
import { createProfileStore, type ProfileStore } from '../../src/features/profile/profile.store.js';
import { createSessionStore } from '../../src/features/sessions/session.store.js';
import type { User } from '../../src/features/users/user.js';
import {
  changeCredentials,
  deactivateUser,
  insertUser,
  noteSignIn,
  type ProfileChange,
} from '../../src/features/users/user.sql.js';
import { createUserStore, type UserStore } from '../../src/features/users/user.store.js';
import { engines } from '../support/databases.js';
import { atOnce, eventOf, hashed, newUser, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('accounts on %s', (engine) => {
  let room: StoreRoom;
  let store: UserStore;
  let profiles: ProfileStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createUserStore(room.db);
    profiles = createProfileStore(room.db);
  });

  /** The callers of the profile changes: an account and its live session. */
  async function caller() {
    const { id: userId } = await room.addUser();
    return { userId, sessionId: (await room.addSession(userId)).id };
  }

  function updateProfile(
    caller: { userId: string; sessionId: string },
    change: ProfileChange,
    now = new Date(),
  ): ReturnType<ProfileStore['update']> {
    return profiles.update(caller, change, now, eventOf('PROFILE_CHANGED', caller.userId, caller.sessionId));
  }

  /** Replaces the password, if the credentials are still these. */
  async function replacePassword(user: User, hash: string): Promise<boolean> {
    const work = { confirm: [changeCredentials(user)], also: [setPassword(user.id, hashed(hash))] } as const;
    return (await room.db.commit(work)) !== null;
  }

  test('of 16 who register one address at once, one gets it', async () => {
    const users = Array.from({ length: 16 }, () => newUser({ email: 'wanted@example.com' }));
    const outcomes = await Promise.allSettled(users.map((user) => room.db.commit({ confirm: [insertUser(user)] })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect((await store.findByEmail('wanted@example.com'))?.id).toBe(users[winner]?.id);
  });

  test('of 16 who want one username at once, one gets it', async () => {
    const callers = await atOnce(16, caller);
    const outcomes = await Promise.all(callers.map((each) => updateProfile(each, { username: 'popular' })));
    expect(outcomes.filter((outcome) => outcome === 'USERNAME_TAKEN')).toHaveLength(15);
    const owner = await room.db.read((client) => client.user.findUnique({ where: { username: 'popular' } }));
    expect(outcomes).toContainEqual(owner);
    const counts = await Promise.all(callers.map(({ userId }) => room.countEvents(userId, 'PROFILE_CHANGED')));
    expect(counts).toEqual(callers.map(({ userId }) => (userId === owner?.id ? 1 : 0)));
  });

  test('what a profile change leaves out stays, and null clears', async () => {
    const me = await caller();
    await updateProfile(me, { firstName: 'Ada', lastName: 'Lovelace' });
    const changed = await updateProfile(me, { lastName: null, username: undefined });
    expect(changed).toMatchObject({ firstName: 'Ada', lastName: null });
    expect(await updateProfile(me, {})).toEqual(changed);
  });

  test('a profile is not changed under a session that is over, or of a deactivated account', async () => {
    const [ended, expired, closed] = [await caller(), await caller(), await caller()];
    const long = new Date(Date.now() + 86_400_000);
    await room.db.write((client) =>
      client.session.update({ where: { id: ended.sessionId }, data: { endedAt: new Date() } }),
    );
    await room.db.commit({ confirm: [deactivateUser(closed.userId, new Date())] });
    expect(await updateProfile(ended, { firstName: 'X' })).toBeNull();
    expect(await updateProfile(expired, { firstName: 'X' }, long)).toBeNull();
    expect(await updateProfile(closed, { firstName: 'X' })).toBeNull();
    expect(await updateProfile({ ...ended, sessionId: expired.sessionId }, {})).toBeNull();
    for (const { userId } of [ended, expired, closed]) {
      expect((await room.find(userId)).firstName).toBeNull();
      expect(await room.countEvents(userId, 'PROFILE_CHANGED')).toBe(0);
    }
  });

  test('of 16 who replace one password at once, one does', async () => {
    const user = await room.addUser();
    const outcomes = await atOnce(16, (index) => replacePassword(user, `hash ${index}`));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await room.hashOf(user.id)).toBe(`hash ${outcomes.indexOf(true)}`);
    expect((await store.find(user.id))?.credentialsVersion).toBe(1);
  });

  test('of 16 who deactivate one account at once, one does, and of 16 who reactivate it one', async () => {
    const user = await room.addUser();
    const outcomes = await atOnce(16, () => room.db.commit({ confirm: [deactivateUser(user.id, new Date(), user)] }));
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
    expect((await store.find(user.id))?.deactivatedAt).not.toBeNull();
    const administration = createAdministrationStore(room.db, createSessionStore(room.db));
    await atOnce(16, () => administration.reactivate(user.id, new Date()));
    expect((await store.find(user.id))?.deactivatedAt).toBeNull();
    expect(await room.countEvents(user.id, 'ACCOUNT_REACTIVATED')).toBe(1);
  });

  test('a sign-in whose credentials were replaced since, or to a deactivated account, is not noted', async () => {
    const [user, closed] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    const signIn = async (as: User) => (await room.db.commit({ confirm: [noteSignIn(as, new Date())] })) !== null;
    expect(await signIn(user)).toBe(true);
    expect(await replacePassword(user, 'the second hash')).toBe(true);
    expect(await signIn(user)).toBe(false);
    expect(await signIn({ ...user, credentialsVersion: 1 })).toBe(true);
    expect(await signIn(closed)).toBe(false);
  });

  test('a renewed hash never overwrites a changed password, and counts as no change', async () => {
    const user = await room.addUser();
    const { id } = user;
    const passwords = createPasswordStore(room.db);
    await passwords.renewHash(id, 'the first hash', hashed('renewed'));
    expect(await passwords.findHash(id)).toBe('renewed');
    expect((await store.find(id))?.credentialsVersion).toBe(0);
    expect(await replacePassword(user, 'the second hash')).toBe(true);
    await passwords.renewHash(id, 'renewed', hashed('too late'));
    expect(await passwords.findHash(id)).toBe('the second hash');
    expect((await store.find(id))?.credentialsVersion).toBe(1);
  });

  test('of an email and a username that are both taken, the email is reported', async () => {
    const { email } = await room.addUser();
    await room.addUser({ username: 'taken' });
    expect(await store.taken(email, 'taken')).toBe('EMAIL_TAKEN');
    expect(await store.taken('free@example.com', 'taken')).toBe('USERNAME_TAKEN');
    expect(await store.taken('free@example.com', null)).toBeNull();
  });

  test('every account is listed, across batches, each once', async () => {
    const rows = Array.from({ length: 501 }, () => newUser());
    await room.db.write((client) => client.user.createMany({ data: rows }));
    const ids: string[] = [];
    for await (const { id } of store.all()) ids.push(id);
    expect(ids).toHaveLength(await room.db.read((client) => client.user.count()));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
