import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { Statement } from '../../platform/database/statement.js';
import type { Challenge } from './challenge.js';

export function insertChallenge(challenge: Challenge): Statement {
  return insertInto('Challenge', challenge);
}

/** Takes one attempt from a challenge, before the answer is checked: concurrent guesses cannot share an attempt. */
export function takeAttempt(digest: string, now: Date): Statement {
  return Prisma.sql`UPDATE "Challenge" SET "attemptsLeft" = "attemptsLeft" - 1
    WHERE "digest" = ${digest} AND "attemptsLeft" > 0 AND "expiresAt" > ${now} RETURNING *`;
}

/** Spends a challenge. Of concurrent callers one deletes the row. */
export function spendChallenge({ id }: Challenge): Statement {
  return Prisma.sql`DELETE FROM "Challenge" WHERE "id" = ${id}`;
}
