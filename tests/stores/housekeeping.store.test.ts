import { beforeAll, describe, expect, test } from 'vitest';
import { createHousekeeper } from '../../src/features/housekeeping/housekeeper.js';
import { createHousekeepingStore, type HousekeepingStore } from '../../src/features/housekeeping/housekeeping.store.js';
import { failed } from '../../src/features/login-history/login-event.js';
import { createMovableClock } from '../support/clock.js';
import { engines } from '../support/databases.js';
import { atOnce, openStoreRoom, type StoreRoom } from './store-room.js';

const nobody = { ipAddress: null, userAgent: null };
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
  const count = () =>
    room.db.read(async (client) => [await client.mailToken.count(), await client.loginEvent.count()] as const);

  async function addEventAndToken(at: Date, name: string): Promise<void> {
    await room.db.write((client) =>
      client.loginEvent.create({ data: failed(userId, 'INVALID_CREDENTIALS', at, nobody) }),
    );
    const token = { id: name, userId, kind: 'RESET', digest: name, mailId: name, createdAt: at, expiresAt: at };
    await room.db.write((client) => client.mailToken.create({ data: token }));
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

  test('a sweep takes so many and no more, the outdated and nothing else, sixteen at once too', async () => {
    const kept = await Promise.all([
      room.addSession(userId),
      room.addSession(userId, { expiresAt: ago(0.5) }),
      room.addSession(userId, { endedAt: ago(9) }),
    ]);
    await atOnce(40, () => room.addSession(userId, { expiresAt: ago(2), endedAt: ago(9) }));
    await addEventAndToken(ago(95), 'old');
    await addEventAndToken(ago(0.5), 'new');
    const outdated = { sessions: ago(1), mailTokens: ago(1), loginEvents: ago(91) };

    expect(await store.sweep(outdated, 10)).toBe(10);
    expect(await sessions()).toHaveLength(33);
    expect(await count()).toEqual([1, 1]);
    await atOnce(16, () => store.sweep(outdated, 10));
    expect((await sessions()).map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
    expect(await count()).toEqual([1, 1]);
  });

  test('two nodes sweep what has become outdated, more than one piece of it, and one minute one of them', async () => {
    const { id } = await room.addUser();
    const clock = createMovableClock();
    const data = await Promise.all([room.addSession(id)]);
    const { recentlySpent: _, ...row } = data[0] as (typeof data)[0];
    const many = Array.from({ length: 1_200 }, (_, index) => ({ ...row, id: `session ${index}`, recentlySpent: '[]' }));
    await room.db.write((client) => client.session.createMany({ data: many }));
    let clocksAgree = false;
    const isReady = async () => clocksAgree;
    const log = { info() {}, error() {} };
    const keepers = [1, 2].map(() => createHousekeeper({ store, clock, isReady, log }));
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
  });
});
