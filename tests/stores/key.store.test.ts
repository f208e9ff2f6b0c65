import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serviceEvent } from '../../src/features/events/event.js';
import { createKeyStore, type KeyStore, type Succession } from '../../src/features/keys/key.store.js';
import { lastSessionExpiry } from '../../src/features/sessions/session.store.js';
import { newId } from '../../src/platform/ids.js';
import { engines } from '../support/databases.js';
import { atOnce, openStoreRoom, type StoreRoom } from './store-room.js';

const hour = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * hour);

function succession(sequence: number, predecessorsVerifyUntil = inHours(1)): Succession {
  const kid = newId();
  const pair = { publicJwk: { kid, kty: 'OKP', crv: 'Ed25519', x: 'x' }, privateJwe: 'sealed' };
  const dates = { createdAt: new Date(), activeFrom: new Date(), verifiesUntil: null, revokedAt: null };
  return { key: { kid, sequence, ...pair, ...dates }, predecessorsVerifyUntil, event: keyEvent('KEY_ADDED') };
}

function keyEvent(kind: 'KEY_ADDED' | 'KEY_REVOKED') {
  return serviceEvent('OPERATOR', { kind, at: new Date(), userId: null });
}

describe.each(engines)('the key store on %s', (engine) => {
  let room: StoreRoom;
  let store: KeyStore;
  beforeAll(async () => {
    room = await openStoreRoom(engine);
    store = createKeyStore(room.db, lastSessionExpiry);
  });
  function revoke(kid: string, now: Date, successor: Succession | null): Promise<boolean> {
    return store.revoke(kid, now, successor, keyEvent('KEY_REVOKED'));
  }

  const countEvents = () => room.db.read((client) => client.event.count());

  beforeEach(async () => {
    await room.db.write((client) => client.event.deleteMany());
    await room.db.write((client) => client.signingKey.deleteMany());
    await room.db.write((client) => client.session.deleteMany());
  });

  test('of 16 who add the next key at once, one does', async () => {
    const first = succession(1);
    expect(await store.add(first)).toBe(true);
    const successors = Array.from({ length: 16 }, () => succession(2));
    const outcomes = await Promise.all(successors.map((each) => store.add(each)));
    const winner = successors[outcomes.indexOf(true)];
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store.list()).toEqual([
      { ...first.key, verifiesUntil: winner?.predecessorsVerifyUntil },
      { ...winner?.key },
    ]);
    expect(await countEvents()).toBe(2);
  });

  // Old versions of rows push the new ones about, until PostgreSQL finds the keys in another order than theirs.
  test('16 who add the next key at once never wait in a circle, wherever the rows lie', async () => {
    const bulky = (sequence: number): Succession => {
      const { key, ...rest } = succession(sequence);
      return { key: { ...key, privateJwe: randomBytes(750).toString('hex') }, ...rest };
    };
    for (let round = 0; round < 12; round++) {
      await room.db.write((client) => client.signingKey.deleteMany());
      await store.add(bulky(1));
      const outcomes = await atOnce(16, () => store.add(bulky(2)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    }
  });

  test('a key is succeeded once: later keys do not lengthen its life', async () => {
    for (const each of [succession(1), succession(2, inHours(1)), succession(3, inHours(5))]) await store.add(each);
    const [first, second, third] = await store.list();
    expect(first?.verifiesUntil?.getTime()).toBeLessThan(inHours(2).getTime());
    expect(second?.verifiesUntil?.getTime()).toBeGreaterThan(inHours(4).getTime());
    expect(third?.verifiesUntil).toBeNull();
  });

  test('of 16 who revoke one key at once, one does, and one successor is made', async () => {
    const only = succession(1);
    await store.add(only);
    const outcomes = await atOnce(16, () => revoke(only.key.kid, new Date(), succession(2)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const [revoked, ...successors] = await store.list();
    expect(revoked?.revokedAt).not.toBeNull();
    expect(successors).toHaveLength(1);
    expect(await countEvents()).toBe(3);
  });

  test('of two who revoke the last two keys at once, one is rejected: no key would be left to sign', async () => {
    for (let round = 0; round < 8; round++) {
      await room.db.write((client) => client.signingKey.deleteMany());
      const keys = [succession(1), succession(2)];
      for (const each of keys) await store.add(each);
      const outcomes = await Promise.all(keys.map(({ key }) => revoke(key.kid, new Date(), null)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    }
  });

  test('whatever happens at once, every key that verifies has a successor but for the last', async () => {
    for (let round = 0; round < 12; round++) {
      await room.db.write((client) => client.signingKey.deleteMany());
      const [expired, signing, upcoming, next] = [
        succession(1),
        succession(2, inHours(-1)),
        succession(3),
        succession(4),
      ];
      upcoming.key.activeFrom = inHours(1);
      next.key.activeFrom = inHours(1);
      for (const each of [expired, signing, upcoming]) await store.add(each);
      const revoking = revoke(upcoming.key.kid, new Date(), null);
      expect(await Promise.all([store.add(next), revoking, store.removeExpired(new Date())])).toEqual([
        true,
        true,
        undefined,
      ]);
      const unrevoked = (await store.list()).filter(({ revokedAt }) => revokedAt === null);
      expect(unrevoked.map(({ kid }) => kid)).toEqual([signing.key.kid, next.key.kid]);
      expect(unrevoked.map(({ verifiesUntil }) => verifiesUntil)).toEqual([expect.any(Date), null]);
    }
  });

  test('a key verifies for as long as a session lives that was made when sessions lived longer', async () => {
    const { id } = await room.addUser();
    await room.addSession(id, { expiresAt: inHours(5) });
    for (const each of [succession(1), succession(2, inHours(1))]) await store.add(each);
    expect((await store.list())[0]?.verifiesUntil?.getTime()).toBeGreaterThan(inHours(4.9).getTime());
  });

  test('a revocation whose successor came too late changes nothing', async () => {
    const [first, second] = [succession(1), succession(2)];
    for (const each of [first, second]) await store.add(each);
    expect(await revoke(first.key.kid, new Date(), succession(2))).toBe(false);
    expect((await store.list()).map(({ revokedAt }) => revokedAt)).toEqual([null, null]);
  });

  test('a key that does not exist is not revoked', async () => {
    expect(await revoke(newId(), new Date(), succession(1))).toBe(false);
    expect(await store.list()).toEqual([]);
  });

  test('a key whose successor is revoked before it signed has no successor any more', async () => {
    const [first, upcoming] = [succession(1), succession(2)];
    upcoming.key.activeFrom = inHours(1);
    for (const each of [first, upcoming]) await store.add(each);
    expect(await revoke(upcoming.key.kid, new Date(), null)).toBe(true);
    expect((await store.list())[0]?.verifiesUntil).toBeNull();
  });

  test('the key before one that was revoked unused verifies no longer where a later key signs already', async () => {
    const [retired, leaked, upcoming] = [succession(1), succession(2, inHours(1)), succession(3, inHours(2))];
    upcoming.key.activeFrom = inHours(1);
    for (const each of [retired, leaked, upcoming]) await store.add(each);
    expect(await revoke(leaked.key.kid, new Date(), succession(4, inHours(9)))).toBe(true);
    expect(await revoke(upcoming.key.kid, new Date(), null)).toBe(true);
    expect((await store.list())[0]?.verifiesUntil).toEqual(leaked.predecessorsVerifyUntil);
  });

  test('keys are removed when their last token has expired, and not before', async () => {
    const [first, second] = [succession(1), succession(2, inHours(1))];
    for (const each of [first, second]) await store.add(each);
    await store.removeExpired(new Date());
    expect(await store.list()).toHaveLength(2);
    await store.removeExpired(inHours(2));
    expect((await store.list()).map(({ kid }) => kid)).toEqual([second.key.kid]);
  });
});
