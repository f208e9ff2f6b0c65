import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { Statement } from '../../platform/database/statement.js';
import type { User } from './user.js';

// A commit about an account begins with one of these that writes the account's row: it takes the row's lock, so that
// sign-ins, changes of credentials, deactivations and endings of one account come one after the other. None of them writes
// the id: locking the key would block every row that refers to it.

/** Inserts the account. */
export function insertUser(user: User): Statement {
  return insertInto('User', user);
}

/** Takes the lock of an active account. */
export function lockActiveUser(id: string): Statement {
  return Prisma.sql`UPDATE "User" SET "credentialsVersion" = "credentialsVersion"
    WHERE "id" = ${id} AND "deactivatedAt" IS NULL`;
}

/** Takes the lock of an active account whose credentials are still those that were proved. */
export function lockProvedUser({ id, credentialsVersion }: User): Statement {
  return Prisma.sql`UPDATE "User" SET "credentialsVersion" = "credentialsVersion"
    WHERE "id" = ${id} AND "credentialsVersion" = ${credentialsVersion} AND "deactivatedAt" IS NULL`;
}

/** Notes a sign-in to an active account whose credentials are still those that were proved. */
export function noteSignIn({ id, credentialsVersion }: User, now: Date): Statement {
  return Prisma.sql`UPDATE "User" SET "lastLoginAt" = ${now}
    WHERE "id" = ${id} AND "credentialsVersion" = ${credentialsVersion} AND "deactivatedAt" IS NULL`;
}

/** Voids what was proved by the credentials of an active account, if they are still those that were proved. */
export function changeCredentials({ id, credentialsVersion }: User): Statement {
  return Prisma.sql`UPDATE "User" SET "credentialsVersion" = "credentialsVersion" + 1
    WHERE "id" = ${id} AND "credentialsVersion" = ${credentialsVersion} AND "deactivatedAt" IS NULL`;
}

/** Voids what was proved by the credentials of an active account, whose address has been proved by a mailed token. */
export function recoverCredentials(id: string, now: Date): Statement {
  return Prisma.sql`UPDATE "User" SET "credentialsVersion" = "credentialsVersion" + 1,
      "emailVerifiedAt" = COALESCE("emailVerifiedAt", ${now})
    WHERE "id" = ${id} AND "deactivatedAt" IS NULL`;
}

/** Notes that the mailbox of an active account has been proved, and returns the account. An earlier proof keeps its date. */
export function verifyEmail(id: string, now: Date): Statement {
  return Prisma.sql`UPDATE "User" SET "emailVerifiedAt" = COALESCE("emailVerifiedAt", ${now})
    WHERE "id" = ${id} AND "deactivatedAt" IS NULL RETURNING *`;
}

/** Closes an active account to sign-in; with `provedBy`, if its credentials are still those that were proved. */
export function deactivateUser(id: string, now: Date, provedBy?: User): Statement {
  const version = provedBy ? Prisma.sql`AND "credentialsVersion" = ${provedBy.credentialsVersion}` : Prisma.empty;
  return Prisma.sql`UPDATE "User" SET "deactivatedAt" = ${now}
    WHERE "id" = ${id} AND "deactivatedAt" IS NULL ${version}`;
}

/** Opens a deactivated account to sign-in again. */
export function reactivateUser(id: string): Statement {
  return Prisma.sql`UPDATE "User" SET "deactivatedAt" = NULL WHERE "id" = ${id} AND "deactivatedAt" IS NOT NULL`;
}

/** What a profile can change: undefined stays as it is, null clears. */
export interface ProfileChange {
  username?: string | null | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
}

/** Changes the profile of an active account, and returns the account. */
export function changeProfile(id: string, change: ProfileChange): Statement {
  const { username, firstName, lastName } = change;
  const set = (column: string, value: string | null | undefined) =>
    value === undefined ? [] : [Prisma.sql`${Prisma.raw(`"${column}"`)} = ${value}`];
  const changes = [...set('username', username), ...set('firstName', firstName), ...set('lastName', lastName)];
  const lock = Prisma.sql`"credentialsVersion" = "credentialsVersion"`;
  return Prisma.sql`UPDATE "User" SET ${Prisma.join([lock, ...changes])}
    WHERE "id" = ${id} AND "deactivatedAt" IS NULL RETURNING *`;
}

// What other features' statements read of accounts. In a join, the columns that another table has too are renamed.

/** The columns of an account in a joined row. */
export type JoinedUser = Omit<User, 'id' | 'createdAt'> & { uid: string; signedUpAt: Date };

const joinedColumns: Record<keyof JoinedUser, keyof User> = {
  uid: 'id',
  signedUpAt: 'createdAt',
  email: 'email',
  emailVerifiedAt: 'emailVerifiedAt',
  username: 'username',
  firstName: 'firstName',
  lastName: 'lastName',
  lastLoginAt: 'lastLoginAt',
  deactivatedAt: 'deactivatedAt',
  credentialsVersion: 'credentialsVersion',
  secondFactorEnabledAt: 'secondFactorEnabledAt',
};

/** The columns of `"User" u`, as `splitUser` reads them. */
export const userColumns: Statement = Prisma.raw(
  Object.entries(joinedColumns)
    .map(([name, column]) => `u."${column}" AS "${name}"`)
    .join(', '),
);

/** Joins the account that this column refers to, as `u`. */
export function joinUser(column: string): Statement {
  return Prisma.raw(`JOIN "User" u ON u."id" = ${column}`);
}

/** Joins the account of this email or username as `u`, both in the form they are stored in; nulls where there is none. */
export function leftJoinUserBy(name: { email: string } | { username: string }): Statement {
  if ('email' in name) return Prisma.sql`LEFT JOIN "User" u ON u."email" = ${name.email}`;
  return Prisma.sql`LEFT JOIN "User" u ON u."username" = ${name.username}`;
}

/** Selects the address of this account. */
export function emailOf(id: string): Statement {
  return Prisma.sql`SELECT u."email" FROM "User" u WHERE u."id" = ${id}`;
}

/** Takes the account out of a joined row; what is left is the rest of it. */
export function splitUser<Row extends JoinedUser>(row: Row): { user: User; rest: Omit<Row, keyof JoinedUser> } {
  const {
    uid,
    signedUpAt,
    email,
    emailVerifiedAt,
    username,
    firstName,
    lastName,
    lastLoginAt,
    deactivatedAt,
    credentialsVersion,
    secondFactorEnabledAt,
    ...rest
  } = row;
  const names = { email, emailVerifiedAt, username, firstName, lastName };
  const state = { lastLoginAt, deactivatedAt, credentialsVersion, secondFactorEnabledAt };
  return { user: { id: uid, createdAt: signedUpAt, ...names, ...state }, rest };
}
