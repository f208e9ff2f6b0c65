import type { Database, Transaction } from '../../platform/database/database.js';
import { violatedUnique } from '../../platform/database/database-errors.js';
import type { Event } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { clockMarginMs, type SigningKey } from './key.js';

export type KeyStore = ReturnType<typeof createKeyStore>;

/** A new key, and until when the keys before it verify. */
export interface Succession {
  key: SigningKey;
  predecessorsVerifyUntil: Date;
  event: Event;
}

/** When the last refresh token of all sessions expires; null where there is none. */
export type LastTokenExpiry = (tx: Transaction) => Promise<Date | null>;

export function createKeyStore(db: Database, lastTokenExpiry: LastTokenExpiry) {
  return {
    /** Every key, oldest first. */
    async list(): Promise<SigningKey[]> {
      const rows = await db.read((client) => client.signingKey.findMany({ orderBy: { sequence: 'asc' } }));
      return rows.map(({ id, publicJwk, ...rest }) => ({ kid: id, publicJwk: JSON.parse(publicJwk), ...rest }));
    },

    /** Adds the key. False: another process added one of the same sequence first, and nothing was changed. */
    add(succession: Succession): Promise<boolean> {
      return unlessOvertaken(
        db.transaction(async (tx) => {
          await lockKeys(tx);
          await insert(tx, succession, lastTokenExpiry);
          return true;
        }),
      );
    },

    /**
     * Revokes the key, and in the same step adds its successor where one is given. False: nothing was changed, since
     * the key is unknown or revoked already, another process added a key first, or no key would be left to sign. Where
     * the revoked key had not signed yet, the key before it goes on signing, and verifies for as long.
     */
    revoke(kid: string, now: Date, successor: Succession | null, event: Event): Promise<boolean> {
      return unlessOvertaken(
        db.transaction(async (tx) => {
          await lockKeys(tx);
          const key = await tx.signingKey.findUnique({ where: { id: kid, revokedAt: null } });
          if (!key || !(successor || (await othersVerify(tx, kid, now)))) return false;
          await tx.signingKey.update({ where: { id: kid }, data: { revokedAt: now } });
          await tx.$executeRaw(insertEvent(event));
          if (successor) await insert(tx, successor, lastTokenExpiry);
          else if (key.activeFrom > now) await signOnAfterRevocation(tx, key, now);
          return true;
        }),
      );
    },

    /** Forgets the keys that no living token was signed with. */
    async removeExpired(now: Date): Promise<void> {
      await db.transaction(async (tx) => {
        await lockKeys(tx);
        await tx.signingKey.deleteMany({ where: { verifiesUntil: { lt: now } } });
      });
    },
  };
}

/**
 * Takes the lock of the oldest key by a write that changes nothing, so that successions are decided one after the other.
 * The transaction that held it before may have removed that key: then the next key's lock is taken.
 */
async function lockKeys(tx: Transaction): Promise<void> {
  for (;;) {
    const oldest = await tx.signingKey.findFirst({ select: { id: true }, orderBy: { sequence: 'asc' } });
    if (!oldest) return;
    const { id } = oldest;
    const { count } = await tx.signingKey.updateMany({ where: { id }, data: { sequence: { increment: 0 } } });
    if (count) return;
  }
}

/**
 * The key before a revoked one that had not signed yet goes on signing, so it verifies for as long as the revoked one would
 * have. Unless a later key signs already: then neither would have signed again.
 */
async function signOnAfterRevocation(
  tx: Transaction,
  { sequence, verifiesUntil }: Pick<SigningKey, 'sequence' | 'verifiesUntil'>,
  now: Date,
): Promise<void> {
  const later = { sequence: { gt: sequence }, revokedAt: null, activeFrom: { lte: now } };
  if ((await tx.signingKey.count({ where: later })) > 0) return;
  const before = { sequence: { lt: sequence }, revokedAt: null };
  const predecessor = await tx.signingKey.findFirst({ where: before, orderBy: { sequence: 'desc' } });
  if (predecessor) await tx.signingKey.update({ where: { id: predecessor.id }, data: { verifiesUntil } });
}

/** Under the lock: what was read before it may be a key that is revoked by now. */
async function othersVerify(tx: Transaction, kid: string, now: Date): Promise<boolean> {
  const others = { id: { not: kid }, revokedAt: null, OR: [{ verifiesUntil: null }, { verifiesUntil: { gt: now } }] };
  return (await tx.signingKey.count({ where: others })) > 0;
}

async function insert(
  tx: Transaction,
  { key, predecessorsVerifyUntil, event }: Succession,
  lastTokenExpiry: LastTokenExpiry,
): Promise<void> {
  const { kid, publicJwk, ...rest } = key;
  await tx.signingKey.create({ data: { id: kid, publicJwk: JSON.stringify(publicJwk), ...rest } });
  await tx.$executeRaw(insertEvent(event));
  const lastToken = await lastTokenExpiry(tx);
  // With the leeway of verification. Sessions may have been started while REFRESH_TOKEN_TTL was longer than it is now.
  const lastUse = new Date((lastToken?.getTime() ?? 0) + clockMarginMs);
  const verifiesUntil = lastUse > predecessorsVerifyUntil ? lastUse : predecessorsVerifyUntil;
  await tx.signingKey.updateMany({
    where: { sequence: { lt: key.sequence }, verifiesUntil: null },
    data: { verifiesUntil },
  });
}

async function unlessOvertaken(outcome: Promise<boolean>): Promise<boolean> {
  try {
    return await outcome;
  } catch (error) {
    if (violatedUnique(error)) return false;
    throw error;
  }
}
