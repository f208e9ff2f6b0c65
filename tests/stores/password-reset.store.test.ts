import { beforeAll, describe, expect, test } from 'vitest';
import { createPasswordResetStore, type PasswordResetStore } from '../../src/features/password/password-reset.store.js';
import { engines } from '../support/databases.js';
import { addMailToken, countMailTokens } from './mailed-token.js';
import { atOnce, eventOf, hashed, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the password reset store on %s', (engine) => {
  let room: StoreRoom;
  let store: PasswordResetStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createPasswordResetStore(room.db);
  });

  const reset = (userId: string, tokenDigest: string, passwordHash = 'new') => ({
    userId,
    tokenDigest,
    password: hashed(passwordHash),
    now: new Date(),
    event: eventOf('PASSWORD_RESET', userId),
  });

  test('of 16 who use one token at once, one does, and every session ends', async () => {
    const { id: userId } = await room.addUser();
    const sessions = await atOnce(3, () => room.addSession(userId));
    const digest = await addMailToken(room, userId, 'RESET');
    const outcomes = await atOnce(16, (index) => store.reset(reset(userId, digest, `hash ${index}`)));
    const winner = outcomes.findIndex((ended) => ended !== null);
    expect(outcomes.filter((ended) => ended !== null)).toHaveLength(1);
    expect(outcomes[winner]?.sort()).toEqual(sessions.map(({ id }) => id).sort());
    expect(await room.hashOf(userId)).toBe(`hash ${winner}`);
    expect((await room.find(userId)).credentialsVersion).toBe(1);
    expect(await room.countEvents(userId, 'PASSWORD_RESET')).toBe(1);
    expect(await room.liveSessions(userId)).toBe(0);
  });

  test('of three tokens used at once, one works, and none is left', async () => {
    const { id: userId } = await room.addUser();
    const digests = await atOnce(3, () => addMailToken(room, userId, 'RESET'));
    const outcomes = await Promise.all(digests.map((digest) => store.reset(reset(userId, digest))));
    expect(outcomes.filter((ended) => ended !== null)).toHaveLength(1);
    expect(await countMailTokens(room, userId)).toBe(0);
  });

  test('a reset proves the mailbox', async () => {
    const { id } = await room.addUser();
    await store.reset(reset(id, await addMailToken(room, id, 'RESET')));
    expect((await room.find(id)).emailVerifiedAt).not.toBeNull();
  });

  test('the account of the token is not changed where it is closed, and the token is not spent', async () => {
    const { id: userId } = await room.addUser({ deactivatedAt: new Date() });
    const digest = await addMailToken(room, userId, 'RESET');
    expect(await store.reset(reset(userId, digest))).toBeNull();
    expect(await countMailTokens(room, userId)).toBe(1);
    expect(await room.hashOf(userId)).toBe('the first hash');
  });

  test('a token for something else resets nothing', async () => {
    const { id: userId } = await room.addUser();
    expect(await store.reset(reset(userId, await addMailToken(room, userId, 'VERIFICATION')))).toBeNull();
    expect(await store.reset(reset(userId, 'unknown'))).toBeNull();
    expect(await room.hashOf(userId)).toBe('the first hash');
  });
});
