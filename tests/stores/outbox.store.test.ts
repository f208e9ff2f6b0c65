import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox, type Outbox } from '../../src/features/mail/outbox.store.js';
import { newId } from '../../src/platform/ids.js';
import { engines } from '../support/databases.js';
import { atOnce, openStoreRoom, type StoreRoom } from './store-room.js';

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe.each(engines)('the outbox on %s', (engine) => {
  let room: StoreRoom;
  let outbox: Outbox;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    outbox = createOutbox(room.db);
  });
  beforeEach(async () => {
    await room.db.write((client) => client.outboxMail.deleteMany());
  });

  const owe = (count: number) =>
    atOnce(count, (index) => outbox.enqueue({ kind: 'RESET', email: `${index}@example.com`, now: new Date() }));

  test('of 16 who claim at once, each mail has one owner', async () => {
    await owe(20);
    const claims = await atOnce(16, () => outbox.claim(inMinutes(0), 20, newId()));
    const ids = claims.flat().map(({ id }) => id);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  test('a claim ends by itself, and the one who had it settles nothing any more', async () => {
    await owe(1);
    const [mail] = await outbox.claim(inMinutes(0), 1, 'first');
    expect(await outbox.claim(inMinutes(0), 1, 'second')).toEqual([]);
    expect(await outbox.claim(inMinutes(1), 1, 'second')).toHaveLength(1);
    await outbox.settle(mail?.id ?? '', 'first');
    await outbox.retryLater(mail?.id ?? '', 'first', inMinutes(9), 5);
    expect(await outbox.claim(inMinutes(2), 1, 'third')).toMatchObject([{ id: mail?.id, refusals: 0 }]);
    await outbox.settle(mail?.id ?? '', 'third');
    expect(await outbox.claim(inMinutes(9), 1, 'fourth')).toEqual([]);
  });

  test('a refused mail is due again when it was told to be', async () => {
    await owe(1);
    const [mail] = await outbox.claim(inMinutes(0), 1, 'owner');
    await outbox.retryLater(mail?.id ?? '', 'owner', inMinutes(5), 1);
    expect(await outbox.claim(inMinutes(4), 1, 'owner')).toEqual([]);
    expect(await outbox.claim(inMinutes(5), 1, 'owner')).toMatchObject([{ id: mail?.id, refusals: 1 }]);
  });
});
