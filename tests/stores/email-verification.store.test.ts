import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEmailVerificationStore,
  type EmailVerificationStore,
} from '../../src/features/email/email-verification.store.js';
import { engines } from '../support/databases.js';
import { addMailToken, countMailTokens } from './mailed-token.js';
import { atOnce, eventOf, openStoreRoom, type StoreRoom } from './store-room.js';

describe.each(engines)('the email verification store on %s', (engine) => {
  let room: StoreRoom;
  let store: EmailVerificationStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createEmailVerificationStore(room.db);
  });

  function verify(userId: string, digest: string, now = new Date()) {
    return store.verify({ userId, digest, now, event: eventOf('EMAIL_VERIFIED', userId) });
  }

  test('of 16 who use one token at once, one does', async () => {
    const { id } = await room.addUser();
    const digest = await addMailToken(room, id, 'VERIFICATION');
    const now = new Date();
    const outcomes = await atOnce(16, () => verify(id, digest, now));
    const [user, ...others] = outcomes.filter((outcome) => outcome !== null);
    expect(user).toMatchObject({ id, emailVerifiedAt: now });
    expect(others).toEqual([]);
    expect(await countMailTokens(room, id)).toBe(0);
    expect(await room.countEvents(id, 'EMAIL_VERIFIED')).toBe(1);
  });

  test('a second proof keeps the date of the first', async () => {
    const { id } = await room.addUser({ emailVerifiedAt: new Date(1_000) });
    const user = await verify(id, await addMailToken(room, id, 'VERIFICATION'));
    expect(user?.emailVerifiedAt).toEqual(new Date(1_000));
  });

  test('a token for something else, or after its time, proves nothing', async () => {
    const { id } = await room.addUser();
    const [reset, verification] = [await addMailToken(room, id, 'RESET'), await addMailToken(room, id, 'VERIFICATION')];
    expect(await verify(id, reset)).toBeNull();
    expect(await verify(id, verification, new Date(Date.now() + 86_400_000))).toBeNull();
    expect(await verify(id, verification)).not.toBeNull();
  });
});
