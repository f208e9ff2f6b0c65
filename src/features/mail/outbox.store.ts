import type { Database } from '../../platform/database/database.js';
import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import { newId } from '../../platform/ids.js';
import type { MailFacts } from './mail-kind.js';
import { claimMs, furthestAheadMs } from './mail-timing.js';

export type Outbox = ReturnType<typeof createOutbox>;

/** A mail to be sent. */
export interface MailRequest {
  /** The name of its kind. */
  kind: string;
  /** Where it goes, as normalised. */
  email: string;
  /**
   * The account that it is about, where the address is not, or not yet, that account's own. Left out, the account is
   * looked up by the address when the mail is sent, so that queueing one costs the same for every address.
   */
  userId?: string;
  facts?: MailFacts;
  now: Date;
}

/** A queued mail as its sender sees it. */
export interface QueuedMail {
  id: string;
  kind: string;
  email: string;
  userId: string | null;
  facts: MailFacts;
  createdAt: Date;
  /** How often the mail server has rejected it. */
  rejections: number;
}

export interface ClaimRequest {
  now: Date;
  limit: number;
  /** A new id for each claim: a sender that was suspended must not settle what it has claimed again since. */
  claimId: string;
  /** Names of the kinds that this node knows: those of a newer version, which runs beside it in an upgrade, are left to that. */
  kinds: readonly string[];
  /** Ids of mails that this sender is sending: after its process was suspended their claims have run out. */
  except?: readonly string[];
}

type Row = Omit<QueuedMail, 'facts'> & { facts: string | null };

/** A time after `furthest` was set by a clock that has been set back since, and waits for nothing. */
function isClaimable(now: Date, kinds: readonly string[]) {
  const furthest = new Date(now.getTime() + furthestAheadMs);
  return Prisma.sql`"kind" IN (${Prisma.join([...kinds])})
    AND ("nextAttemptAt" <= ${now} OR "nextAttemptAt" > ${furthest})
    AND ("claimedUntil" IS NULL OR "claimedUntil" <= ${now} OR "claimedUntil" > ${furthest})`;
}

export function createOutbox(db: Database) {
  return {
    /** Queues a mail: one insert, the same for every address. */
    async enqueue(request: MailRequest): Promise<void> {
      await db.execute(enqueueMail(request));
    },

    /** Claims up to `limit` due mails for 30 s, those due longest first, and none that a concurrent claim took. */
    async claim({ now, limit, claimId, kinds, except = [] }: ClaimRequest): Promise<QueuedMail[]> {
      const others = except.length > 0 ? Prisma.sql`AND "id" NOT IN (${Prisma.join([...except])})` : Prisma.empty;
      const due = await db.query<Row>(
        Prisma.sql`SELECT "id", "kind", "email", "userId", "facts", "createdAt", "refusals" AS "rejections"
          FROM "OutboxMail" WHERE ${isClaimable(now, kinds)} ${others} ORDER BY "nextAttemptAt", "id" LIMIT ${limit}`,
      );
      const until = new Date(now.getTime() + claimMs);
      const claimed: QueuedMail[] = [];
      // A statement for each: one for all could deadlock with a transaction that voids several of them in another order.
      // What was read of a mail still holds where it can be claimed: a rejection noted since has put it off.
      for (const mail of due) {
        const won = await db.execute(
          Prisma.sql`UPDATE "OutboxMail" SET "claimedBy" = ${claimId}, "claimedUntil" = ${until}
            WHERE "id" = ${mail.id} AND ${isClaimable(now, kinds)}`,
        );
        if (won === 1) claimed.push({ ...mail, facts: mail.facts === null ? {} : JSON.parse(mail.facts) });
      }
      return claimed;
    },

    /** Renews the claim for 30 s. False: the mail was voided or settled, or another sender has taken over. */
    async renewClaim(id: string, claimId: string, now: Date): Promise<boolean> {
      const data = { claimedUntil: new Date(now.getTime() + claimMs) };
      const { count } = await db.write((client) =>
        client.outboxMail.updateMany({ where: { id, claimedBy: claimId }, data }),
      );
      return count === 1;
    },

    /** The mail is done with: sent, or not to be sent. Nothing happens where another sender has taken over. */
    async settle(id: string, claimId: string): Promise<void> {
      await db.write((client) => client.outboxMail.deleteMany({ where: { id, claimedBy: claimId } }));
    },

    /** Gives the mail back, due at `at`, with so many rejections noted. Nothing happens where another has taken over. */
    async retryLater(id: string, claimId: string, at: Date, rejections: number): Promise<void> {
      const data = { claimedBy: null, claimedUntil: null, nextAttemptAt: at, refusals: rejections };
      await db.write((client) => client.outboxMail.updateMany({ where: { id, claimedBy: claimId }, data }));
    },
  };
}

/** The statement that queues a mail. */
export function enqueueMail({ kind, email, userId, facts, now }: MailRequest): Prisma.Sql {
  const row = { id: newId(), kind, email, userId, facts: facts && JSON.stringify(facts) };
  return insertInto('OutboxMail', { ...row, createdAt: now, nextAttemptAt: now });
}
