import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { Statement } from '../../platform/database/statement.js';
import { newId } from '../../platform/ids.js';
import { emailOf } from '../users/user.sql.js';
import { type MailFacts, validMailsPerKind } from './mail-kind.js';
import { furthestAheadMs } from './mail-timing.js';

// Mail kinds are named by `name` of MailKind.

/** A mail to be sent. */
export interface MailRequest {
  kind: string;
  /** Where it goes, as normalised. */
  email: string;
  /**
   * The account that it is about, where the address is not, or not yet, that account's own. Left out, the account is
   * looked up by the address when the mail is sent, so that enqueueing one costs the same for every address.
   */
  userId?: string;
  facts?: MailFacts;
  now: Date;
}

/** Enqueues a mail: one insert, the same for every address. */
export function enqueueMail({ kind, email, userId, facts, now }: MailRequest): Statement {
  return insertInto('OutboxMail', {
    id: newId(),
    kind,
    email,
    userId: userId ?? null,
    facts: facts ? JSON.stringify(facts) : null,
    createdAt: now,
    nextAttemptAt: now,
    rejections: 0,
    claimedUntil: null,
    claimedBy: null,
  });
}

/** A row of `dueMails`. */
export interface DueMailRow {
  id: string;
  kind: string;
  email: string;
  userId: string | null;
  facts: string | null;
  createdAt: Date;
  rejections: number;
}

/** Selects up to `limit` mails of these kinds that can be claimed, those due longest first, but none of `except`. */
export function dueMails(now: Date, kinds: readonly string[], except: readonly string[], limit: number): Statement {
  const others = except.length > 0 ? Prisma.sql`AND "id" NOT IN (${Prisma.join([...except])})` : Prisma.empty;
  return Prisma.sql`SELECT "id", "kind", "email", "userId", "facts", "createdAt", "rejections"
    FROM "OutboxMail" WHERE ${isClaimable(now, kinds)} ${others} ORDER BY "nextAttemptAt", "id" LIMIT ${limit}`;
}

/** Claims a mail, if it can still be claimed. */
export function claimMail(id: string, claimId: string, until: Date, now: Date, kinds: readonly string[]): Statement {
  return Prisma.sql`UPDATE "OutboxMail" SET "claimedBy" = ${claimId}, "claimedUntil" = ${until}
    WHERE "id" = ${id} AND ${isClaimable(now, kinds)}`;
}

/** A time after `furthest` was set by a clock that has been set back since, and waits for nothing. */
function isClaimable(now: Date, kinds: readonly string[]): Statement {
  const furthest = new Date(now.getTime() + furthestAheadMs);
  return Prisma.sql`"kind" IN (${Prisma.join([...kinds])})
    AND ("nextAttemptAt" <= ${now} OR "nextAttemptAt" > ${furthest})
    AND ("claimedUntil" IS NULL OR "claimedUntil" <= ${now} OR "claimedUntil" > ${furthest})`;
}

/**
 * Spends a token, under the lock of its account: of concurrent callers one deletes the row. It is valid until it expires
 * and while it is among the newest mails of its kind; attempts at one mail share its id and count as one.
 */
export function spendToken(userId: string, digest: string, kind: string, now: Date): Statement {
  const newer = Prisma.sql`SELECT count(DISTINCT n."mailId") FROM "MailToken" n
    WHERE n."userId" = ${userId} AND n."kind" = ${kind} AND n."mailId" > "MailToken"."mailId"`;
  return Prisma.sql`DELETE FROM "MailToken" WHERE "digest" = ${digest} AND "userId" = ${userId} AND "kind" = ${kind}
    AND "expiresAt" > ${now} AND (${newer}) < ${validMailsPerKind}`;
}

/** Voids the tokens that were mailed about an account, of one kind or of all. */
export function voidTokens(userId: string, kind?: string): Statement {
  return Prisma.sql`DELETE FROM "MailToken" WHERE "userId" = ${userId} ${ofKind(kind)}`;
}

/** Deletes the mails to or about an account that have not left yet, of one kind or of all. */
export function withdrawMails(userId: string, kind?: string): Statement {
  return Prisma.sql`DELETE FROM "OutboxMail"
    WHERE ("email" = (${emailOf(userId)}) OR "userId" = ${userId}) ${ofKind(kind)}`;
}

function ofKind(kind: string | undefined): Statement {
  return kind === undefined ? Prisma.empty : Prisma.sql`AND "kind" = ${kind}`;
}
