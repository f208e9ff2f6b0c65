import type { Database } from '../../platform/database/database.js';
import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import { newId } from '../../platform/ids.js';
import { claimMs, type MailKind, type MailRequest, mailKinds } from './mail.js';

export type Outbox = ReturnType<typeof createOutbox>;

/** A mail as its sender sees it. */
export interface OwedMail {
  id: string;
  kind: MailKind;
  email: string;
  createdAt: Date;
  /** How often the mail server has refused it. */
  refusals: number;
}

// Kinds of a newer version, which runs beside this one during an upgrade, are left to it.
const isClaimable = (now: Date) => Prisma.sql`"kind" IN (${Prisma.join([...mailKinds])}) AND "nextAttemptAt" <= ${now}
  AND ("claimedUntil" IS NULL OR "claimedUntil" <= ${now})`;

export function createOutbox(db: Database) {
  return {
    /** Notes that a mail is owed: one insert, the same for every address. */
    async enqueue(request: MailRequest): Promise<void> {
      await db.execute(oweMail(request));
    },

    /**
     * Claims up to `limit` due mails for 30 s, those due longest first. A mail that a concurrent claim took is not among
     * them. `claimId` is a new id for each claim: a sender that was suspended must not settle what it claimed again since.
     */
    async claim(now: Date, limit: number, claimId: string): Promise<OwedMail[]> {
      const due = await db.query<OwedMail>(
        Prisma.sql`SELECT "id", "kind", "email", "createdAt", "refusals" FROM "OutboxMail" WHERE ${isClaimable(now)}
          ORDER BY "nextAttemptAt", "id" LIMIT ${limit}`,
      );
      const until = new Date(now.getTime() + claimMs);
      const claimed: OwedMail[] = [];
      // A statement for each: one for all could wait for somebody who voids several of them in another order, and waits for
      // it. What was read of a mail still holds where it can be claimed: a refusal noted since has put it off.
      for (const mail of due) {
        const won = await db.execute(
          Prisma.sql`UPDATE "OutboxMail" SET "claimedBy" = ${claimId}, "claimedUntil" = ${until}
            WHERE "id" = ${mail.id} AND ${isClaimable(now)}`,
        );
        if (won === 1) claimed.push(mail);
      }
      return claimed;
    },

    /** The mail is done with: sent, or not to be sent. Nothing happens where another sender has taken over. */
    async settle(id: string, claimId: string): Promise<void> {
      await db.write((client) => client.outboxMail.deleteMany({ where: { id, claimedBy: claimId } }));
    },

    /** Gives the mail back, due at `at`, with so many refusals noted. Nothing happens where another has taken over. */
    async retryLater(id: string, claimId: string, at: Date, refusals: number): Promise<void> {
      const data = { claimedBy: null, claimedUntil: null, nextAttemptAt: at, refusals };
      await db.write((client) => client.outboxMail.updateMany({ where: { id, claimedBy: claimId }, data }));
    },
  };
}

/** The statement that notes that a mail is owed. */
export function oweMail({ kind, email, now }: MailRequest): Prisma.Sql {
  return insertInto('OutboxMail', { id: newId(), kind, email, createdAt: now, nextAttemptAt: now });
}
