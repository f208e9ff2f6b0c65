import { beforeAll, describe, expect, test } from 'vitest';
import { AuthError } from '../../src/errors.js';
import { userEvent } from '../../src/features/events/event.js';
import { insertEvent } from '../../src/features/events/event.sql.js';
import { createPasswordStore } from '../../src/features/password/password.store.js';
import { createPasswordChangeService } from '../../src/features/password/password-change.service.js';
import type { Session } from '../../src/features/sessions/session.js';
import { endSurplus, insertSession } from '../../src/features/sessions/session.sql.js';
import { createSignInStore, type SignInStore } from '../../src/features/sign-in/sign-in.store.js';
import { createSignUpService } from '../../src/features/sign-up/sign-up.service.js';
import type { User } from '../../src/features/users/user.js';
import { noteSignIn } from '../../src/features/users/user.sql.js';
import { createUserStore } from '../../src/features/users/user.store.js';
import { systemClock } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { engines } from '../support/databases.js';
import { openGate, plainHashing } from './gate.js';
import { atOnce, call, newSession, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the sign-in store on %s', (engine) => {
  let room: StoreRoom;
  let store: SignInStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createSignInStore(room.db);
  });

  /** Starts the session if the account's credentials are still these. */
  async function start(user: User, session: Session): Promise<boolean> {
    const { id: sessionId, userId, createdAt: at } = session;
    const event = userEvent({ kind: 'SIGNED_IN', at, userId, sessionId, method: 'PASSWORD' }, call);
    const also = [insertSession(session), endSurplus(session), insertEvent(event)];
    return (await store.commit({ confirm: [noteSignIn(user, at)], also })) !== null;
  }

  /** Answers the new account's id, or the code of the rejection. Only the unique indexes of the database look for duplicates. */
  async function signUp(names: { email?: string; username?: string }, settings = { requireVerifiedEmail: false }) {
    const users = { ...createUserStore(room.db), taken: async () => null };
    const rules = { passwordMinLength: 8 };
    const signIn = openGate(room, settings);
    const signUps = createSignUpService({ users, signIn, hashing: plainHashing, clock: systemClock, settings: rules });
    const input = { email: `${newId()}@example.com`, password: 'correct horse battery', ...names };
    try {
      return (await signUps.signUp(call, input)).user.id;
    } catch (error) {
      if (error instanceof AuthError) return error.code;
      throw error;
    }
  }

  test('of 16 who sign up with one address at once, one does, and nothing is left of the others', async () => {
    const email = 'one@example.com';
    const outcomes = await atOnce(16, () => signUp({ email }));
    expect(outcomes.filter((outcome) => outcome === 'EMAIL_TAKEN')).toHaveLength(15);
    const [id = '', ...others] = outcomes.filter((outcome) => outcome !== 'EMAIL_TAKEN');
    expect(others).toEqual([]);
    expect(await room.find(id)).toMatchObject({ email });
    expect(await room.db.read((client) => client.outboxMail.count({ where: { email } }))).toBe(1);
    expect(await room.db.read((client) => client.session.count())).toBe(1);
    expect(await room.db.read((client) => client.password.count())).toBe(1);
    expect(await room.db.read((client) => client.event.count())).toBe(2);
    expect(await room.countEvents(id, 'SIGNED_UP')).toBe(1);
    expect(await room.countEvents(id, 'SIGNED_IN')).toBe(1);
  });

  test('of 16 who sign up with one username at once, one does', async () => {
    const outcomes = await atOnce(16, () => signUp({ username: 'wanted' }));
    expect(outcomes.filter((outcome) => outcome === 'USERNAME_TAKEN')).toHaveLength(15);
    const owner = await room.db.read((client) => client.user.findUniqueOrThrow({ where: { username: 'wanted' } }));
    expect(outcomes).toContain(owner.id);
  });

  test('an account that may not sign in yet is created without a session', async () => {
    const email = 'unverified@example.com';
    expect(await signUp({ email }, { requireVerifiedEmail: true })).toBe('EMAIL_NOT_VERIFIED');
    const user = await room.db.read((client) => client.user.findUniqueOrThrow({ where: { email } }));
    expect(await room.liveSessions(user.id)).toBe(0);
    expect(user.lastLoginAt).toBeNull();
  });

  test('of 16 who sign up at once and may not sign in yet, one gets the address', async () => {
    const email = 'still-unverified@example.com';
    const outcomes = await atOnce(16, () => signUp({ email }, { requireVerifiedEmail: true }));
    expect(outcomes.filter((outcome) => outcome === 'EMAIL_NOT_VERIFIED')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'EMAIL_TAKEN')).toHaveLength(15);
    expect(await room.db.read((client) => client.outboxMail.count({ where: { email } }))).toBe(1);
  });

  test('a session, its event and the last login are written together', async () => {
    const user = await room.addUser();
    const session = newSession(user.id);
    expect(await start(user, session)).toBe(true);
    expect(await room.countEvents(user.id, 'SIGNED_IN')).toBe(1);
    expect((await room.find(user.id)).lastLoginAt).toEqual(session.createdAt);
  });

  test('nothing is started with replaced credentials or to a deactivated account', async () => {
    const [replaced, closed] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    expect(await start({ ...replaced, credentialsVersion: 1 }, newSession(replaced.id))).toBe(false);
    expect(await start(closed, newSession(closed.id))).toBe(false);
    for (const { id } of [replaced, closed]) {
      expect(await room.liveSessions(id)).toBe(0);
      expect(await room.countEvents(id, 'SIGNED_IN')).toBe(0);
    }
  });

  test('no login outlives a change of password that it races with', async () => {
    const user = await room.addUser();
    const session = await room.addSession(user.id);
    const changes = createPasswordChangeService({
      passwords: createPasswordStore(room.db),
      signIn: openGate(room),
      hashing: plainHashing,
      settings: { passwordMinLength: 8 },
    });
    const input = { currentPassword: 'the first hash', newPassword: 'another horse battery' };
    const [changed] = await Promise.all([
      changes.change({ ...call, principal: { user, session } }, input),
      ...Array.from({ length: 16 }, () => start(user, newSession(user.id))),
    ]);
    expect(changed.endedSessionIds).toContain(session.id);
    const where = { userId: user.id, endedAt: null };
    const left = await room.db.read((client) => client.session.findMany({ where }));
    expect(left.map(({ id }) => id)).toEqual([changed.issued.session.id]);
  });
});
