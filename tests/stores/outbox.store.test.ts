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

  const kinds = ['RESET'];
  const enqueue = (count: number) =>
    atOnce(count, (index) => outbox.enqueue({ kind: 'RESET', email: `${index}@example.com`, now: new Date() }));

  test('of 16 concurrent claims, each mail goes to one', async () => {
    await enqueue(20);
    const claims = await atOnce(16, () => outbox.claim({ now: inMinutes(0), limit: 20, claimId: newId(), kinds }));
    const ids = claims.flat().map(({ id }) => id);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  test('a claim ends by itself, and its holder settles nothing any more', async () => {
    await enqueue(1);
    const [mail] = await outbox.claim({ now: inMinutes(0), limit: 1, claimId: 'first', kinds });
    expect(await outbox.claim({ now: inMinutes(0), limit: 1, claimId: 'second', kinds })).toEqual([]);
    expect(await outbox.claim({ now: inMinutes(1), limit: 1, claimId: 'second', kinds })).toHaveLength(1);
    await outbox.settle(mail?.id ?? '', 'first');
    await outbox.retryLater(mail?.id ?? '', 'first', inMinutes(9), 5);
    expect(await outbox.claim({ now: inMinutes(2), limit: 1, claimId: 'third', kinds })).toMatchObject([
      { id: mail?.id, rejections: 0 },
    ]);
    await outbox.settle(mail?.id ?? '', 'third');
    expect(await outbox.claim({ now: inMinutes(9), limit: 1, claimId: 'fourth', kinds })).toEqual([]);
  });

  test('a rejected mail is due again at the time that was set', async () => {
    await enqueue(1);
    const [mail] = await outbox.claim({ now: inMinutes(0), limit: 1, claimId: 'owner', kinds });
    await outbox.retryLater(mail?.id ?? '', 'owner', inMinutes(5), 1);
    expect(await outbox.claim({ now: inMinutes(4), limit: 1, claimId: 'owner', kinds })).toEqual([]);
    expect(await outbox.claim({ now: inMinutes(5), limit: 1, claimId: 'owner', kinds })).toMatchObject([
      { id: mail?.id, rejections: 1 },
    ]);
  });

  test('a claim that is renewed does not end, and only its holder can renew it', async () => {
    await enqueue(1);
    const [mail] = await outbox.claim({ now: inMinutes(0), limit: 1, claimId: 'holder', kinds });
    const id = mail?.id ?? '';
    expect(await outbox.renewClaim(id, 'another', inMinutes(2))).toBe(false);
    expect(await outbox.renewClaim(id, 'holder', inMinutes(1))).toBe(true);
    expect(await outbox.claim({ now: inMinutes(1.4), limit: 1, claimId: 'another', kinds })).toEqual([]);
    expect(await outbox.claim({ now: inMinutes(1.6), limit: 1, claimId: 'another', kinds })).toHaveLength(1);
    expect(await outbox.renewClaim(id, 'holder', inMinutes(1.7))).toBe(false);
  });

  test('a clock that is set back by an hour holds up neither waiting nor claimed mails', async () => {
    await outbox.enqueue({ kind: 'RESET', email: 'waiting@example.com', now: inMinutes(60) });
    await outbox.enqueue({ kind: 'RESET', email: 'claimed@example.com', now: inMinutes(59) });
    await outbox.claim({ now: inMinutes(60), limit: 1, claimId: 'dead', kinds });
    expect(await outbox.claim({ now: inMinutes(0), limit: 9, claimId: 'heir', kinds })).toHaveLength(2);
    expect(await outbox.claim({ now: inMinutes(0), limit: 9, claimId: 'another', kinds })).toEqual([]);
  });

  test('a sender whose claims have run out does not claim again what it is sending', async () => {
    await enqueue(2);
    const [mail] = await outbox.claim({ now: inMinutes(0), limit: 1, claimId: 'suspended', kinds });
    const again = { now: inMinutes(5), limit: 9, claimId: 'again', kinds, except: [mail?.id ?? ''] };
    expect((await outbox.claim(again)).map(({ id }) => id)).not.toContain(mail?.id);
  });
});
