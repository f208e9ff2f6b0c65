import type { Database, Transaction } from '../../platform/database/database.js';
import { violatedUnique } from '../../platform/database/database-errors.js';
import { clockMarginMs, type SigningKey } from './key.js';

export type KeyStore = ReturnType<typeof createKeyStore>;

/** What a new key replaces: tokens of the keys before it are believed until then. */
export interface Succession {
  key: SigningKey;
  predecessorsVerifyUntil: Date;
}

export function createKeyStore(db: Database) {
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
          await insert(tx, succession);
          return true;
        }),
      );
    },

    /**
     * Revokes the key, and in the same step adds its successor where one is given. False: nothing was changed, since
     * the key is unknown or revoked already, another process added a key first, or nobody would be left to sign. The key
     * before one that has not signed yet signs on in its place, and is believed for as long.
     */
    revoke(kid: string, now: Date, successor: Succession | null): Promise<boolean> {
      return unlessOvertaken(
        db.transaction(async (tx) => {
          await lockKeys(tx);
          const key = await tx.signingKey.findUnique({ where: { id: kid, revokedAt: null } });
          if (!key || !(successor || (await othersAreBelieved(tx, kid, now)))) return false;
          await tx.signingKey.update({ where: { id: kid }, data: { revokedAt: now } });
          if (successor) await insert(tx, successor);
          else if (key.activeFrom > now) await bequeath(tx, key, now);
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
 * Takes the lock of the oldest key by a write that changes nothing, so that one succession is decided after the other.
 * Whoever had it may have removed that key: then the next one's is the lock.
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
 * The key before this one signs on, so the date until which its tokens would have been believed no longer holds: that of
 * this one does, which had not signed yet. Unless a later key signs already: then neither would have signed again.
 */
async function bequeath(
  tx: Transaction,
  { sequence, verifiesUntil }: Pick<SigningKey, 'sequence' | 'verifiesUntil'>,
  now: Date,
): Promise<void> {
  const later = { sequence: { gt: sequence }, revokedAt: null, activeFrom: { lte: now } };
  if ((await tx.signingKey.count({ where: later })) > 0) return;
  const before = { sequence: { lt: sequence }, revokedAt: null };
  const heir = await tx.signingKey.findFirst({ where: before, orderBy: { sequence: 'desc' } });
  if (heir) await tx.signingKey.update({ where: { id: heir.id }, data: { verifiesUntil } });
}

/** Under the lock, since whoever made up its mind before may have seen a key that is revoked by now. */
async function othersAreBelieved(tx: Transaction, kid: string, now: Date): Promise<boolean> {
  const others = { id: { not: kid }, revokedAt: null, OR: [{ verifiesUntil: null }, { verifiesUntil: { gt: now } }] };
  return (await tx.signingKey.count({ where: others })) > 0;
}

async function insert(tx: Transaction, { key, predecessorsVerifyUntil }: Succession): Promise<void> {
  const { kid, publicJwk, ...rest } = key;
  await tx.signingKey.create({ data: { id: kid, publicJwk: JSON.stringify(publicJwk), ...rest } });
  const lastToken = await lastTokenExpiresAt(tx);
  const verifiesUntil = lastToken > predecessorsVerifyUntil ? lastToken : predecessorsVerifyUntil;
  await tx.signingKey.updateMany({
    where: { sequence: { lt: key.sequence }, verifiesUntil: null },
    data: { verifiesUntil },
  });
}

/** With the leeway of verification. Sessions may have been made while REFRESH_TOKEN_TTL was longer than it is now. */
async function lastTokenExpiresAt(tx: Transaction): Promise<Date> {
  const last = await tx.session.findFirst({ select: { expiresAt: true }, orderBy: { expiresAt: 'desc' } });
  return new Date((last?.expiresAt.getTime() ?? 0) + clockMarginMs);
}

async function unlessOvertaken(outcome: Promise<boolean>): Promise<boolean> {
  try {
    return await outcome;
  } catch (error) {
    if (violatedUnique(error)) return false;
    throw error;
  }
}
