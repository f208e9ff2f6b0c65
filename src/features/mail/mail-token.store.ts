import type { Database, Transaction } from '../../platform/database/database.js';
import { randomSecret, sha256 } from '../../platform/digest.js';
import { newId } from '../../platform/ids.js';
import { lockActiveUser } from '../users/user.store.js';
import { validMailsPerKind } from './mail-kind.js';
import { claimMs } from './mail-timing.js';

export type MailTokenStore = ReturnType<typeof createMailTokenStore>;

/** A token as presented: `digest` is its SHA-256 (platform/digest.ts), which is all that is kept of it. */
export interface PresentedToken {
  digest: string;
  /** The name of a mail kind, as everywhere here. */
  kind: string;
  now: Date;
}

export interface TokenIssue {
  /** The outbox mail that will carry the token, and the claim under which it is being sent. */
  mailId: string;
  claimId: string;
  userId: string;
  kind: string;
  lifetimeMs: number;
  now: Date;
}

export function createMailTokenStore(db: Database) {
  return {
    /**
     * A new token for a mail, in the clear: nothing but its digest is kept. Null where the mail is no longer queued, or
     * no longer under this claim, or its account is no longer active; else the claim is renewed, too.
     */
    async issue({ mailId, claimId, userId, kind, lifetimeMs, now }: TokenIssue): Promise<string | null> {
      const token = randomSecret();
      const data = { id: newId(), userId, kind, digest: sha256(token), mailId, createdAt: now };
      const expiresAt = new Date(now.getTime() + lifetimeMs);
      const issued = await db.transaction(async (tx) => {
        // Under the user's lock, which everything that voids mails takes: a change that comes first leaves no mail to make
        // a token for, and one that comes later finds the token.
        if (!(await lockActiveUser(tx, userId)) || !(await holdMail(tx, mailId, claimId, now))) return false;
        await tx.mailToken.create({ data: { ...data, expiresAt } });
        return true;
      });
      return issued ? token : null;
    },

    /** The id of the account whose token this is, if it can be used. It is not spent. */
    find(digest: string, kind: string, now: Date): Promise<string | null> {
      return db.read((client) => userOf(client, { digest, kind, now }));
    },

    /** Deletes up to `limit` tokens that expired more than a day ago. */
    async removeExpired(now: Date, limit: number): Promise<number> {
      const where = { expiresAt: { lt: new Date(now.getTime() - 86_400_000) } };
      return (await db.write((client) => client.mailToken.deleteMany({ where, limit }))).count;
    },
  };
}

/** Renews the claim. False: the mail is no longer queued, or another sender has taken over. */
async function holdMail(tx: Transaction, id: string, claimId: string, now: Date): Promise<boolean> {
  const data = { claimedUntil: new Date(now.getTime() + claimMs) };
  const { count } = await tx.outboxMail.updateMany({ where: { id, claimedBy: claimId }, data });
  return count === 1;
}

type TokenReader = Pick<Transaction, 'mailToken'>;

/** Attempts at one mail share its id and so count as one: where a mail arrived twice, both links work. */
async function userOf(client: TokenReader, { digest, kind, now }: PresentedToken): Promise<string | null> {
  const token = await client.mailToken.findUnique({ where: { digest } });
  if (token?.kind !== kind || token.expiresAt <= now) return null;
  const newer = await client.mailToken.groupBy({
    by: ['mailId'],
    where: { userId: token.userId, kind, mailId: { gt: token.mailId } },
    orderBy: { mailId: 'asc' },
    take: validMailsPerKind,
  });
  return newer.length < validMailsPerKind ? token.userId : null;
}
