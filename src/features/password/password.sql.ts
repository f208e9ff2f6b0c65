import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { Statement } from '../../platform/database/statement.js';
import { type JoinedUser, leftJoinUserBy, userColumns } from '../users/user.sql.js';

/** A hash, and bcrypt's cost of it. */
export interface HashedPassword {
  hash: string;
  cost: number;
}

/** Inserts the first password of an account. */
export function insertPassword(userId: string, { hash, cost }: HashedPassword): Statement {
  return insertInto('Password', { userId, hash, cost });
}

/** Sets the password of an account, whether or not it has one. */
export function setPassword(userId: string, password: HashedPassword): Statement {
  return Prisma.sql`${insertPassword(userId, password)}
    ON CONFLICT ("userId") DO UPDATE SET "hash" = excluded."hash", "cost" = excluded."cost"`;
}

/** Replaces a hash by one of the same password, unless the password was changed since it was read. */
export function renewHash(userId: string, oldHash: string, { hash, cost }: HashedPassword): Statement {
  return Prisma.sql`UPDATE "Password" SET "hash" = ${hash}, "cost" = ${cost}
    WHERE "userId" = ${userId} AND "hash" = ${oldHash}`;
}

/** One row, whether or not there is such an account. */
export type PasswordRow = (JoinedUser | { [column in keyof JoinedUser]: null }) & {
  hash: string | null;
  highestCost: number | null;
};

/**
 * The account of this email or username, its hash, and the highest cost of all hashes: rejecting a password takes the work
 * of that cost, so that the time tells nothing about which accounts exist. The index of the costs answers it.
 */
export function passwordByName(name: { email: string } | { username: string }): Statement {
  return Prisma.sql`SELECT ${userColumns}, p."hash" AS "hash", c."highestCost" AS "highestCost"
    FROM (SELECT max("cost") AS "highestCost" FROM "Password") c
    ${leftJoinUserBy(name)} LEFT JOIN "Password" p ON p."userId" = u."id"`;
}
