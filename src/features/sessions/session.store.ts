import DataLoader from 'dataloader';
import { clocksDifferByMs } from '../../platform/clock.js';
import type { Database, Transaction } from '../../platform/database/database.js';
import { Prisma, type Session as SessionRow } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import type { User } from '../users/user.js';
import { lockActiveUser } from '../users/user.store.js';
import { readSpent, writeSpent } from './rotation.js';
import {
  type CurrentSession,
  type EndReason,
  lastUsedExactnessMs,
  maxSessionsPerUser,
  type Principal,
  type Session,
} from './session.js';

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Who asks, by the session that they ask under. */
interface Caller {
  userId: string;
  sessionId: string;
}

/** Which of a user's sessions are ended, and why. */
interface Ending {
  reason: EndReason;
  /** This one stays. */
  except?: string;
}

function toSession({ endReason: _reason, recentlySpent, ...row }: SessionRow): Session {
  return { ...row, recentlySpent: readSpent(recentlySpent) };
}

// In SQL, since this is what most requests ask: Prisma's own way to ask takes two statements and thirty times as long on SQLite.
// The columns that both tables have are renamed.
type UserColumns = Omit<User, 'id' | 'createdAt'> & { uid: string; signedUpAt: Date };

const columnsOfUser: Record<keyof UserColumns, keyof User> = {
  uid: 'id',
  signedUpAt: 'createdAt',
  email: 'email',
  emailVerifiedAt: 'emailVerifiedAt',
  username: 'username',
  firstName: 'firstName',
  lastName: 'lastName',
  lastLoginAt: 'lastLoginAt',
  deactivatedAt: 'deactivatedAt',
};
const userColumns = Prisma.raw(
  Object.entries(columnsOfUser)
    .map(([name, column]) => `u."${column}" AS "${name}"`)
    .join(', '),
);
const joined = Prisma.sql`FROM "Session" s JOIN "User" u ON u."id" = s."userId"`;

/** What is left of a row are its columns of the session. */
function splitRow<Row extends UserColumns>(row: Row) {
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
    ...session
  } = row;
  const names = { email, emailVerifiedAt, username, firstName, lastName };
  return { user: { id: uid, createdAt: signedUpAt, ...names, lastLoginAt, deactivatedAt }, session };
}

/** Far below the engines' limits to parameters. */
const maxSessionsPerQuery = 256;

/** As many as the next power of two, so that there are few different statements to prepare. */
function padded(ids: readonly string[]): string[] {
  const size = 2 ** Math.ceil(Math.log2(ids.length));
  return [...ids, ...Array<string>(size - ids.length).fill(ids[0] ?? '')];
}

// The same in Prisma's words and in SQL.
const live = (now: Date) => ({ endedAt: null, expiresAt: { gt: now } });
const isLive = (now: Date) => Prisma.sql`"endedAt" IS NULL AND "expiresAt" > ${now}`;

export function createSessionStore(db: Database) {
  /** Ends these sessions, in one statement. Answers the ids of those that were live. */
  function endWhere(which: Prisma.SessionWhereInput, reason: EndReason, now: Date): Promise<string[]> {
    return db.write((client) => endAmong(client, which, reason, now));
  }

  /**
   * These columns of sessions, and their users. What all requests of one turn of the event loop ask for goes in one
   * query: one round trip for as many as there are. Nothing is remembered between turns, and no query answers who came
   * after it began; so there is no cache that could be stale, on any node.
   */
  function loaderOf<Columns extends { id: string }>(columns: Prisma.Sql) {
    async function load(ids: readonly string[]) {
      const rows = await db.query<UserColumns & Columns>(
        Prisma.sql`SELECT ${columns}, ${userColumns} ${joined} WHERE s."id" IN (${Prisma.join(padded(ids))})`,
      );
      const found = new Map(rows.map((row) => [row.id, splitRow(row)]));
      return ids.map((id) => found.get(id) ?? null);
    }
    return new DataLoader(load, {
      cache: false,
      maxBatchSize: maxSessionsPerQuery,
      batchScheduleFn: (load) => setImmediate(load),
    });
  }

  const principals = loaderOf<CurrentSession>(Prisma.sql`s."id", s."lastUsedAt", s."expiresAt", s."endedAt"`);
  const sessionsWithUser = loaderOf<SessionRow>(Prisma.sql`s.*`);

  return {
    /** The session and its user, as they are after this was called. */
    principal(id: string): Promise<Principal | null> {
      return principals.load(id);
    },

    async findWithUser(id: string): Promise<{ session: Session; user: User } | null> {
      const found = await sessionsWithUser.load(id);
      return found && { user: found.user, session: toSession(found.session) };
    },

    /** The live sessions of a user, most recently used first. */
    async listLive(userId: string, now: Date): Promise<Session[]> {
      const orderBy = [{ lastUsedAt: 'desc' as const }, { id: 'desc' as const }];
      const rows = await db.read((client) =>
        client.session.findMany({ where: { userId, ...live(now) }, orderBy, take: maxSessionsPerUser }),
      );
      return rows.map(toSession);
    },

    /** Moves a live session on to this, its next generation. False: somebody else did, or it is over. */
    async rotate(next: Session): Promise<boolean> {
      const { id, generation, lastUsedAt: now, expiresAt, refreshIssuedAt, refreshJti, refreshKid } = next;
      const changed = await db.execute(
        Prisma.sql`UPDATE "Session" SET "generation" = ${generation}, "lastUsedAt" = ${now},
          "expiresAt" = ${expiresAt}, "refreshIssuedAt" = ${refreshIssuedAt}, "refreshJti" = ${refreshJti},
          "refreshKid" = ${refreshKid}, "recentlySpent" = ${writeSpent(next.recentlySpent)}
          WHERE "id" = ${id} AND "generation" = ${generation - 1} AND ${isLive(now)}`,
      );
      return changed === 1;
    },

    /** Ends a live session because of reuse, if it is still at the generation that made it reuse. */
    async endReused(id: string, generation: number, now: Date): Promise<boolean> {
      return (await endWhere({ id, generation }, 'REUSED', now)).length === 1;
    },

    /** Ends one session of this user. Answers the ids of the live ones that it ended: that one or none. */
    end(id: string, userId: string, now: Date): Promise<string[]> {
      return endWhere({ id, userId }, 'LOGOUT', now);
    },

    /**
     * Ends all of the caller's sessions, provided that the caller's own is live. Null where it is not: then nothing was
     * ended.
     */
    async endAll(caller: Caller, keepCurrent: boolean, now: Date): Promise<string[] | null> {
      return db.transaction(async (tx) => {
        if (!(await lockCaller(tx, caller, now))) return null;
        const except = keepCurrent ? { except: caller.sessionId } : {};
        return endSessions(tx, caller.userId, now, { reason: 'LOGOUT', ...except });
      });
    },

    /**
     * Operator: ends the sessions of one user, or of everybody (null), that began before. Answers how many were live. In
     * batches: one statement over a million rows would run into the time-out, and hold up everybody else meanwhile.
     */
    async endByOperator(userId: string | null, now: Date): Promise<number> {
      // A node whose clock is ahead has dated its newest a little later; so those that begin meanwhile may be ended, too.
      const begun = { createdAt: { lte: new Date(now.getTime() + clocksDifferByMs) } };
      const theirs = { ...(userId === null ? {} : { userId }), ...begun, endedAt: null };
      let ended = 0;
      for (let after = ''; ; ) {
        const batch = { where: { ...theirs, id: { gt: after } }, orderBy: { id: 'asc' as const }, take: 1_000 };
        const rows = await db.read((client) => client.session.findMany({ ...batch, select: { id: true } }));
        const last = rows.at(-1);
        if (!last) return ended;
        ended += (await endWhere({ id: { in: rows.map(({ id }) => id) } }, 'OPERATOR', now)).length;
        after = last.id;
      }
    },

    async countLive(userId: string, now: Date): Promise<number> {
      return db.read((client) => client.session.count({ where: { userId, ...live(now) } }));
    },

    /** Notes a use, at most one a minute. */
    async touch(id: string, now: Date): Promise<void> {
      const staleBefore = new Date(now.getTime() - lastUsedExactnessMs);
      await db.execute(
        Prisma.sql`UPDATE "Session" SET "lastUsedAt" = ${now}
          WHERE "id" = ${id} AND "lastUsedAt" <= ${staleBefore} AND ${isLive(now)}`,
      );
    },
  };
}

// Statements, which do nothing until `commit` or `tx.$executeRaw` runs them, after one that takes the lock of the user's row.

/** The statement that adds a session. */
export function addSession(session: Session): Prisma.Sql {
  return insertInto('Session', { ...session, recentlySpent: writeSpent(session.recentlySpent) });
}

/** The statement that ends the least recently used of a user's sessions beyond the limit, now that this one was added. */
export function endSurplus({ id, userId, createdAt: now }: Session): Prisma.Sql {
  const reason: EndReason = 'SESSION_LIMIT';
  // SQLite has no OFFSET without a LIMIT; nobody has so many.
  const surplus = Prisma.sql`SELECT "id" FROM "Session"
    WHERE "userId" = ${userId} AND "id" <> ${id} AND ${isLive(now)}
    ORDER BY "lastUsedAt" DESC, "id" DESC LIMIT 1000000 OFFSET ${maxSessionsPerUser - 1}`;
  return Prisma.sql`UPDATE "Session" SET "endedAt" = ${now}, "endReason" = ${reason}
    WHERE "endedAt" IS NULL AND "id" IN (${surplus})`;
}

// Steps of transactions, which act at once.

/**
 * Takes the locks of an active user's row and of the session under which something is asked for: from here on nobody else
 * ends it. False where either is over; then whoever asks is refused, and nothing was changed.
 */
export async function lockCaller(tx: Transaction, { userId, sessionId }: Caller, now: Date): Promise<boolean> {
  if (!(await lockActiveUser(tx, userId))) return false;
  const current = { id: sessionId, userId, ...live(now) };
  const { count } = await tx.session.updateMany({ where: current, data: { generation: { increment: 0 } } });
  return count === 1;
}

/** Ends the sessions of a user whose lock is held. Answers the ids of those that were live. */
export function endSessions(tx: Transaction, userId: string, now: Date, { reason, except }: Ending): Promise<string[]> {
  return endAmong(tx, { userId, ...(except === undefined ? {} : { id: { not: except } }) }, reason, now);
}

/**
 * Expired ones too, which are not told of: another node's clock may be a little behind, and there they could still be
 * refreshed.
 */
async function endAmong(
  client: Pick<Transaction, 'session'>,
  which: Prisma.SessionWhereInput,
  reason: EndReason,
  now: Date,
): Promise<string[]> {
  const rows = await client.session.updateManyAndReturn({
    where: { ...which, endedAt: null },
    data: { endedAt: now, endReason: reason },
    select: { id: true, expiresAt: true },
  });
  return rows.filter(({ expiresAt }) => expiresAt > now).map(({ id }) => id);
}
