import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { Statement } from '../../platform/database/statement.js';
import { type Event, maxSignInEventsPerUser, signInKinds } from './event.js';

/** Inserts the event. */
export function insertEvent(event: Event): Statement {
  return insertInto('Event', event);
}

const isSignIn = Prisma.sql`"kind" IN (${Prisma.join([...signInKinds])})`;

/** Deletes the oldest sign-ins of an account beyond the limit. Those to accounts that do not exist are limited together. */
export function trimSignIns(userId: string | null): Statement {
  const theirs = userId === null ? Prisma.sql`"userId" IS NULL` : Prisma.sql`"userId" = ${userId}`;
  const newestSurplus = Prisma.sql`SELECT "id" FROM "Event" WHERE ${theirs} AND ${isSignIn}
    ORDER BY "id" DESC LIMIT 1 OFFSET ${maxSignInEventsPerUser}`;
  return Prisma.sql`DELETE FROM "Event" WHERE ${theirs} AND ${isSignIn} AND "id" <= (${newestSurplus})`;
}

/**
 * Turns the rejected sign-in that waited for a second factor into the success that it became. Inserts it where it was deleted
 * since: a flood of failures trims the history.
 */
export function concludeSignIn(event: Event): Statement {
  return Prisma.sql`${insertEvent(event)} ON CONFLICT ("id") DO UPDATE SET "kind" = excluded."kind",
    "actor" = excluded."actor", "failure" = excluded."failure", "sessionId" = excluded."sessionId"`;
}

/** Records why a sign-in that waited for a second factor was rejected last. */
export function setFailure(id: string, failure: string): Statement {
  return Prisma.sql`UPDATE "Event" SET "failure" = ${failure} WHERE "id" = ${id} AND "kind" = 'SIGN_IN_REFUSED'`;
}
