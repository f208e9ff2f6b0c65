import { beforeAll, describe, expect, test } from 'vitest';
import { failed, type LoginEvent, maxEventsPerUser } from '../../src/features/login-history/login-event.js';
import {
  createLoginHistoryStore,
  type LoginHistoryStore,
} from '../../src/features/login-history/login-history.store.js';
import { engines } from '../support/databases.js';
import { atOnce, openStoreRoom, type StoreRoom } from './store-room.js';

const nowhere = { ipAddress: null, userAgent: null };
const always = new Date(0);

function attempt(userId: string | null, at = new Date()): LoginEvent {
  return failed(userId, 'INVALID_CREDENTIALS', at, nowhere);
}

describe.each(engines)('the login history on %s', (engine) => {
  let room: StoreRoom;
  let store: LoginHistoryStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createLoginHistoryStore(room.db);
  });

  const idsOf = async (userId: string, after: string | null = null, take = 2_000) =>
    (await store.page(userId, always, after, take)).map(({ id }) => id);

  test('pages go from the newest on, without gap or repetition', async () => {
    const [{ id: userId }, { id: otherId }] = [await room.addUser(), await room.addUser()];
    const events = Array.from({ length: 5 }, () => attempt(userId));
    for (const event of events) {
      await store.record(event);
      await store.record(attempt(otherId));
    }
    const newest = events.map(({ id }) => id).reverse();
    const first = await idsOf(userId, null, 2);
    expect(first).toEqual(newest.slice(0, 2));
    expect(await idsOf(userId, first[1] ?? '', 9)).toEqual(newest.slice(2));
    expect(await store.page(userId, always, null, 1)).toEqual([events[4]]);
  });

  test('what is older than asked for is left out', async () => {
    const { id: userId } = await room.addUser();
    await store.record(attempt(userId, new Date(1_000)));
    await store.record(attempt(userId, new Date(2_000)));
    expect(await store.page(userId, new Date(1_500), null, 9)).toHaveLength(1);
  });

  test('of 32 attempts at once none is lost', async () => {
    const { id: userId } = await room.addUser();
    await atOnce(32, () => store.record(attempt(userId)));
    expect(await idsOf(userId)).toHaveLength(32);
  });

  test('the oldest beyond the limit are forgotten, whoever records at once, and nobody else loses any', async () => {
    const [{ id: userId }, { id: otherId }] = [await room.addUser(), await room.addUser()];
    await store.record(attempt(otherId));
    const old = Array.from({ length: maxEventsPerUser }, () => attempt(userId));
    await room.db.write((client) => client.loginEvent.createMany({ data: old }));

    const fresh = Array.from({ length: 32 }, () => attempt(userId));
    await Promise.all(fresh.map((event) => store.record(event)));
    await atOnce(4, () => store.trim(userId));

    const all = [...old, ...fresh].map(({ id }) => id).sort();
    expect(await idsOf(userId)).toEqual(all.reverse().slice(0, maxEventsPerUser));
    expect(await idsOf(otherId)).toHaveLength(1);
  });

  test('attempts on accounts that do not exist are bounded too', async () => {
    const old = Array.from({ length: maxEventsPerUser }, () => attempt(null));
    await room.db.write((client) => client.loginEvent.createMany({ data: old }));
    await atOnce(16, () => store.record(attempt(null)));
    await atOnce(4, () => store.trim(null));
    expect(await room.db.read((client) => client.loginEvent.count({ where: { userId: null } }))).toBe(maxEventsPerUser);
  });
});
