import { beforeAll, describe, expect, test } from 'vitest';
import { type Event, maxSignInEventsPerUser, signInRejected } from '../../src/features/events/event.js';
import { createEventStore, type EventStore } from '../../src/features/events/event.store.js';
import { engines } from '../support/databases.js';
import { atOnce, call, eventOf, openStoreRoom, type StoreRoom } from './store-room.js';

const always = new Date(0);

function attempt(userId: string | null, at = new Date()): Event {
  return signInRejected({ userId, at, failure: 'INVALID_CREDENTIALS', method: 'PASSWORD' }, call);
}

describe.each(engines)('the event store on %s', (engine) => {
  let room: StoreRoom;
  let store: EventStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createEventStore(room.db);
  });

  const idsOf = async (userId: string, after: string | null = null, take = 2_000) =>
    (await store.signIns(userId, always, after, take)).map(({ id }) => id);

  test('pages go from the newest on, without gap or repetition', async () => {
    const [{ id: userId }, { id: otherId }] = [await room.addUser(), await room.addUser()];
    const events = Array.from({ length: 5 }, () => attempt(userId));
    for (const event of events) {
      await store.record(event);
      await store.record(attempt(otherId));
      await store.record(eventOf('PROFILE_CHANGED', userId)); // no sign-in, so on no page
    }
    const newest = events.map(({ id }) => id).reverse();
    const first = await idsOf(userId, null, 2);
    expect(first).toEqual(newest.slice(0, 2));
    expect(await idsOf(userId, first[1] ?? '', 9)).toEqual(newest.slice(2));
    expect(await store.signIns(userId, always, null, 1)).toEqual([events[4]]);
  });

  test('what is older than asked for is left out', async () => {
    const { id: userId } = await room.addUser();
    await store.record(attempt(userId, new Date(1_000)));
    await store.record(attempt(userId, new Date(2_000)));
    expect(await store.signIns(userId, new Date(1_500), null, 9)).toHaveLength(1);
  });

  test('of 32 attempts at once none is lost', async () => {
    const { id: userId } = await room.addUser();
    await atOnce(32, () => store.record(attempt(userId)));
    expect(await idsOf(userId)).toHaveLength(32);
  });

  test('sign-ins beyond the limit are removed, the oldest first, and no other event or account loses any', async () => {
    const [{ id: userId }, { id: otherId }] = [await room.addUser(), await room.addUser()];
    await store.record(attempt(otherId));
    const deed = eventOf('PROFILE_CHANGED', userId);
    await store.record(deed);
    const old = Array.from({ length: maxSignInEventsPerUser }, () => attempt(userId));
    await room.db.write((client) => client.event.createMany({ data: old }));

    const fresh = Array.from({ length: 32 }, () => attempt(userId));
    await Promise.all(fresh.map((event) => store.record(event)));
    await atOnce(4, () => store.trimSignIns(userId));

    const all = [...old, ...fresh].map(({ id }) => id).sort();
    expect(await idsOf(userId)).toEqual(all.reverse().slice(0, maxSignInEventsPerUser));
    expect(await idsOf(otherId)).toHaveLength(1);
    expect(await store.has(deed)).toBe(true);
  });

  test('attempts on accounts that do not exist are bounded too', async () => {
    const old = Array.from({ length: maxSignInEventsPerUser }, () => attempt(null));
    await room.db.write((client) => client.event.createMany({ data: old }));
    await atOnce(16, () => store.record(attempt(null)));
    await atOnce(4, () => store.trimSignIns(null));
    expect(await room.db.read((client) => client.event.count({ where: { userId: null } }))).toBe(
      maxSignInEventsPerUser,
    );
  });
});
