import type { Database } from '../../platform/database/database.js';
import { claimMail, type DueMailRow, dueMails, enqueueMail, type MailRequest } from './mail.sql.js';
import type { MailFacts } from './mail-kind.js';
import { claimMs } from './mail-timing.js';

export type Outbox = ReturnType<typeof createOutbox>;

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

export function createOutbox(db: Database) {
  return {
    /** Enqueues a mail: one insert, the same for every address. */
    async enqueue(request: MailRequest): Promise<void> {
      await db.commit({ confirm: [enqueueMail(request)] });
    },

    /** Claims up to `limit` due mails for 30 s, those due longest first, and none that a concurrent claim took. */
    async claim({ now, limit, claimId, kinds, except = [] }: ClaimRequest): Promise<QueuedMail[]> {
      const due = await db.query<DueMailRow>(dueMails(now, kinds, except, limit));
      const until = new Date(now.getTime() + claimMs);
      const claimed: QueuedMail[] = [];
      // A statement for each: one for all could deadlock with a transaction that voids several of them in another order.
      // What was read of a mail still holds where it can be claimed: a rejection noted since has put it off.
      for (const mail of due) {
        const won = await db.commit({ confirm: [claimMail(mail.id, claimId, until, now, kinds)] });
        if (won) claimed.push({ ...mail, facts: mail.facts === null ? {} : JSON.parse(mail.facts) });
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
      const data = { claimedBy: null, claimedUntil: null, nextAttemptAt: at, rejections };
      await db.write((client) => client.outboxMail.updateMany({ where: { id, claimedBy: claimId }, data }));
    },
  };
}
