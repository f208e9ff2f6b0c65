import { Prisma, type Session as SessionRow } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { Rows, Statement } from '../../platform/database/statement.js';
import type { AuthenticationMethod } from '../users/user.js';
import { joinUser, userColumns } from '../users/user.sql.js';
import { readSpent, writeSpent } from './rotation.js';
import { type EndReason, lastUsedExactnessMs, maxSessionsPerUser, type Session } from './session.js';

// Statements that start or end several sessions of an account come after one that takes the lock of the account's row
// (user.sql.ts). Those about one session need no lock; an operator's ending of many may deadlock and is retried.

const isLive = (now: Date) => Prisma.sql`"endedAt" IS NULL AND "expiresAt" > ${now}`;

/** A session as a row. */
function toRow({ methods, recentlySpent, ...session }: Session): Omit<SessionRow, 'endReason'> {
  return { ...session, methods: methods.join(','), recentlySpent: writeSpent(recentlySpent) };
}

/** A row as a session. */
export function toSession({ endReason: _reason, methods, recentlySpent, ...row }: SessionRow): Session {
  return { ...row, methods: methods.split(',') as AuthenticationMethod[], recentlySpent: readSpent(recentlySpent) };
}

/** Inserts the session. */
export function insertSession(session: Session): Statement {
  return insertInto('Session', { ...toRow(session), endReason: null });
}

/** Ends the least recently used of an account's sessions beyond the limit, now that this one was inserted. */
export function endSurplus({ id, userId, createdAt: now }: Session): Statement {
  const reason: EndReason = 'SESSION_LIMIT';
  // SQLite has no OFFSET without a LIMIT; no account has so many.
  const surplus = Prisma.sql`SELECT "id" FROM "Session"
    WHERE "userId" = ${userId} AND "id" <> ${id} AND ${isLive(now)}
    ORDER BY "lastUsedAt" DESC, "id" DESC LIMIT 1000000 OFFSET ${maxSessionsPerUser - 1}`;
  return Prisma.sql`UPDATE "Session" SET "endedAt" = ${now}, "endReason" = ${reason}
    WHERE "endedAt" IS NULL AND "id" IN (${surplus})`;
}

/** Moves a live session on to `next`, its next generation. Of concurrent callers one changes the row. */
export function rotateSession(next: Session): Statement {
  const { id, generation, lastUsedAt: now, expiresAt, refreshIssuedAt, refreshJti, refreshKid } = next;
  return Prisma.sql`UPDATE "Session" SET "generation" = ${generation}, "lastUsedAt" = ${now},
      "expiresAt" = ${expiresAt}, "refreshIssuedAt" = ${refreshIssuedAt}, "refreshJti" = ${refreshJti},
      "refreshKid" = ${refreshKid}, "recentlySpent" = ${writeSpent(next.recentlySpent)}
    WHERE "id" = ${id} AND "generation" = ${generation - 1} AND ${isLive(now)}`;
}

/** Notes a use, at most one a minute. */
export function touchSession(id: string, now: Date): Statement {
  const staleBefore = new Date(now.getTime() - lastUsedExactnessMs);
  return Prisma.sql`UPDATE "Session" SET "lastUsedAt" = ${now}
    WHERE "id" = ${id} AND "lastUsedAt" <= ${staleBefore} AND ${isLive(now)}`;
}

/** Takes the lock of a live session: from here to the commit it is not ended by another transaction. */
export function holdSession({ userId, sessionId }: { userId: string; sessionId: string }, now: Date): Statement {
  return Prisma.sql`UPDATE "Session" SET "generation" = "generation"
    WHERE "id" = ${sessionId} AND "userId" = ${userId} AND ${isLive(now)}`;
}

/** Ends one live session of an account. */
export function endLiveSession(id: string, userId: string, now: Date, reason: EndReason): Statement {
  return endWhere(Prisma.sql`"id" = ${id} AND "userId" = ${userId} AND "expiresAt" > ${now}`, now, reason);
}

/** Ends one session of an account, though it has expired: a node whose clock is a little behind could still refresh it. */
export function endExpiredSession(id: string, userId: string, now: Date, reason: EndReason): Statement {
  return endWhere(Prisma.sql`"id" = ${id} AND "userId" = ${userId}`, now, reason);
}

// The endings of several sessions end expired ones too, for the same reason. They return what `liveIds` reads.

/** Ends every session of an account, or all but one. */
export function endSessions(userId: string, now: Date, reason: EndReason, except?: string): Statement {
  const others = except === undefined ? Prisma.empty : Prisma.sql`AND "id" <> ${except}`;
  return endWhere(Prisma.sql`"userId" = ${userId} ${others}`, now, reason);
}

/** Operator: ends the sessions of an account that began before. */
export function endSessionsBegunBefore(userId: string, begunBefore: Date, now: Date): Statement {
  return endWhere(Prisma.sql`"userId" = ${userId} AND "createdAt" <= ${begunBefore}`, now, 'OPERATOR');
}

/** Ends a live session whose refresh token was reused, if it is still at the generation that made it reuse. */
export function endReused({ id, generation }: Session, now: Date): Statement {
  return endWhere(Prisma.sql`"id" = ${id} AND "generation" = ${generation} AND "expiresAt" > ${now}`, now, 'REUSED');
}

function endWhere(which: Statement, now: Date, reason: EndReason): Statement {
  return Prisma.sql`UPDATE "Session" SET "endedAt" = ${now}, "endReason" = ${reason}
    WHERE ${which} AND "endedAt" IS NULL RETURNING "id", "expiresAt"`;
}

/** The ids of the sessions that an ending ended and that were live until then. */
export function liveIds(ended: Rows | undefined, now: Date): string[] {
  const rows = (ended ?? []) as { id: string; expiresAt: Date }[];
  return rows.filter(({ expiresAt }) => expiresAt > now).map(({ id }) => id);
}

/** What a request needs to know of its session. */
export const currentColumns = Prisma.sql`s."id", s."lastUsedAt", s."expiresAt", s."endedAt"`;

/** All of a session. */
export const allColumns = Prisma.sql`s.*`;

/** These columns of sessions, with their accounts (`splitUser`). */
export function sessionsWithUser(columns: Statement, ids: readonly string[]): Statement {
  return Prisma.sql`SELECT ${columns}, ${userColumns} FROM "Session" s ${joinUser('s."userId"')}
    WHERE s."id" IN (${Prisma.join([...ids])})`;
}
