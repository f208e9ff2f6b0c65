import { beforeAll, describe, expect, test } from 'vitest';
import { signInRejected } from '../../src/features/events/event.js';
import { createEventStore } from '../../src/features/events/event.store.js';
import type { Expiring } from '../../src/features/feature.js';
import { createHousekeeper } from '../../src/features/housekeeping/housekeeper.js';
import { createHousekeepingStore, type HousekeepingStore } from '../../src/features/housekeeping/housekeeping.store.js';
import { createMailTokenStore } from '../../src/features/mail/mail-token.store.js';
import { createSessionStore } from '../../src/features/sessions/session.store.js';
import { createSignInStore } from '../../src/features/sign-in/sign-in.store.js';
import { sha256 } from '../../src/platform/digest.js';
import { newId } from '../../src/platform/ids.js';
import { createMovableClock } from '../support/clock.js';
import { engines } from '../support/databases.js';
import { atOnce, call, eventOf, openStoreRoom, type StoreRoom } from './store-room.js';

const day = 24 * 60 * 60_000;
const ago = (days: number) => new Date(Date.now() - days * day);

describe.each(engines)('the housekeeping store on %s', (engine) => {
  let room: StoreRoom;
  let store: HousekeepingStore;
  let userId: string;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createHousekeepingStore(room.db);
    userId = (await room.addUser()).id;
  });

  const sessions = () => room.db.read((client) => client.session.findMany({ select: { id: true } }));
  const eventIds = () =>
    room.db.read(async (client) => (await client.event.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id));

  function attempt(at: Date) {
    return signInRejected({ userId, at, failure: 'INVALID_CREDENTIALS', method: 'PASSWORD' }, call);
  }

  test('of sixteen who claim the sweeping when it is due, one gets it', async () => {
    const now = new Date();
    const next = new Date(now.getTime() + 60_000);
    expect((await atOnce(16, () => store.claim(now, next))).filter(Boolean)).toHaveLength(1);
    expect(await store.claim(now, next)).toBe(false);
    const after = new Date(next.getTime() + 60_000);
    expect((await atOnce(16, () => store.claim(next, after))).filter(Boolean)).toHaveLength(1);
    // A node that was a year ahead has taken it for a year.
    await room.db.write((client) => client.chore.updateMany({ data: { dueAt: ago(-365) } }));
    expect((await atOnce(16, () => store.claim(now, next))).filter(Boolean)).toHaveLength(1);
  });

  test('a piece has so many expired sessions and no more, and nothing else, sixteen callers at once too', async () => {
    const store = createSessionStore(room.db);
    const kept = await Promise.all([
      room.addSession(userId),
      room.addSession(userId, { expiresAt: ago(0.5) }),
      room.addSession(userId, { endedAt: ago(9) }),
    ]);
    await atOnce(40, () => room.addSession(userId, { expiresAt: ago(2), endedAt: ago(9) }));

    expect(await store.removeExpired(new Date(), 10)).toBe(10);
    expect(await sessions()).toHaveLength(33);
    const removed = await atOnce(16, () => store.removeExpired(new Date(), 10));
    expect(removed.reduce((sum, count) => sum + count)).toBe(30);
    expect((await sessions()).map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
  });

  test('mailed tokens and challenges are removed a day after they expired, up to the limit', async () => {
    const expiries = [ago(3), ago(2), ago(0.5), ago(-1)];
    const tokens = expiries.map((expiresAt) => {
      const id = newId();
      return { id, userId, kind: 'RESET', digest: sha256(id), mailId: id, createdAt: expiresAt, expiresAt };
    });
    const challenges = expiries.map((expiresAt) => {
      const id = newId();
      const facts = { credentialsVersion: 0, method: 'PASSWORD', attemptsLeft: 5 };
      return { id, userId, digest: sha256(id), ...facts, expiresAt };
    });
    await room.db.write((client) => client.mailToken.createMany({ data: tokens }));
    await room.db.write((client) => client.challenge.createMany({ data: challenges }));
    const left = {
      tokens: () => room.db.read((client) => client.mailToken.findMany({ select: { expiresAt: true } })),
      challenges: () => room.db.read((client) => client.challenge.findMany({ select: { expiresAt: true } })),
    };
    const stores = { tokens: createMailTokenStore(room.db), challenges: createSignInStore(room.db) };
    for (const kind of ['tokens', 'challenges'] as const) {
      expect(await stores[kind].removeExpired(new Date(), 1)).toBe(1);
      expect(await stores[kind].removeExpired(new Date(), 10)).toBe(1);
      expect((await left[kind]()).map(({ expiresAt }) => expiresAt).sort()).toEqual(expiries.slice(2).sort());
      expect(await stores[kind].removeExpired(new Date(), 10)).toBe(0);
    }
  });

  test('sign-ins are removed after 91 days, other events after 400, up to the limit', async () => {
    const store = createEventStore(room.db);
    const deed = (at: Date) => ({ ...eventOf('PROFILE_CHANGED', userId), id: newId(), at });
    const [old, older, recent] = [attempt(ago(95)), attempt(ago(92)), attempt(ago(90.5))];
    const [oldDeed, keptDeed] = [deed(ago(401)), deed(ago(399))];
    for (const event of [old, older, recent, oldDeed, keptDeed]) await store.record(event);

    expect(await store.removeOldSignIns(new Date(), 1)).toBe(1);
    expect(await store.removeOldSignIns(new Date(), 10)).toBe(1);
    expect(await eventIds()).toEqual([recent, oldDeed, keptDeed].map(({ id }) => id).sort());
    expect(await store.removeOldEvents(new Date(), 10)).toBe(1);
    expect(await eventIds()).toEqual([recent, keptDeed].map(({ id }) => id).sort());
    const [first, ...rest] = await atOnce(16, () => store.removeOldEvents(new Date(Date.now() + 2 * 86_400_000), 10));
    expect([first, ...rest].filter((count) => count === 1)).toHaveLength(1);
    expect(await eventIds()).toEqual([recent.id]);
  });

  test('of two nodes one removes what has expired, in several pieces, and none does whose clock is wrong', async () => {
    const { id } = await room.addUser();
    const clock = createMovableClock();
    const session = await room.addSession(id);
    const row = { ...session, methods: session.methods.join(), recentlySpent: '[]' };
    const many = Array.from({ length: 1_200 }, (_, index) => ({ ...row, id: `session ${index}` }));
    await room.db.write((client) => client.session.createMany({ data: many }));
    let clocksAgree = false;
    const isReady = async () => clocksAgree;
    const log = { info() {}, error() {} };
    const pieces: number[] = [];
    const { removeExpired } = createSessionStore(room.db);
    const expiring: Expiring[] = [
      { remove: createMailTokenStore(room.db).removeExpired },
      {
        async remove(now, limit) {
          const removed = await removeExpired(now, limit);
          pieces.push(removed);
          return removed;
        },
      },
    ];
    const keepers = [1, 2].map(() => createHousekeeper({ store, expiring, clock, isReady, log }));
    const sweep = () => Promise.all(keepers.map((keeper) => keeper.sweepIfDue()));

    clock.advance('1h');
    await sweep();
    expect(await room.db.read((client) => client.session.count({ where: { userId: id } }))).toBe(1_201);
    clock.advance('1d');
    await sweep();
    expect(await room.db.read((client) => client.session.count({ where: { userId: id } }))).toBe(1_201);
    clocksAgree = true;
    await sweep();
    expect(await room.db.read((client) => client.session.count({ where: { userId: id } }))).toBe(0);
    // One of the two nodes did it, in pieces of 500 at most.
    expect(pieces).toEqual([500, 500, expect.any(Number)]);
  });
});
