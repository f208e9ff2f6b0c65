import DataLoader from 'dataloader';
import type { Principal } from '../../call.js';
import type { Database, Transaction } from '../../platform/database/database.js';
import type { Session as SessionRow } from '../../platform/database/generated/sqlite/client.js';
import type { Statement } from '../../platform/database/statement.js';
import type { Event } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import type { User } from '../users/user.js';
import { type JoinedUser, lockActiveUser, splitUser } from '../users/user.sql.js';
import { type CurrentSession, type EndReason, maxSessionsPerUser, type Session } from './session.js';
import {
  allColumns,
  currentColumns,
  endExpiredSession,
  endLiveSession,
  endReused,
  endSessions,
  holdSession,
  liveIds,
  rotateSession,
  sessionsWithUser,
  toSession,
  touchSession,
} from './session.sql.js';

export type SessionStore = ReturnType<typeof createSessionStore>;

/** Far below the engines' limits to parameters. */
const maxSessionsPerQuery = 256;

/** As many as the next power of two, so that there are few different statements to prepare. */
function padded(ids: readonly string[]): string[] {
  const size = 2 ** Math.ceil(Math.log2(ids.length));
  return [...ids, ...Array<string>(size - ids.length).fill(ids[0] ?? '')];
}

const live = (now: Date) => ({ endedAt: null, expiresAt: { gt: now } });

export function createSessionStore(db: Database) {
  /**
   * These columns of sessions, and their accounts. What all requests of one turn of the event loop ask for goes in one
   * query: one round trip for as many as there are. Nothing is remembered between turns, and no query answers a request
   * that came after it began; so there is no cache that could be stale, on any node.
   */
  function loaderOf<Columns extends { id: string }>(columns: Statement) {
    async function load(ids: readonly string[]) {
      const rows = await db.query<JoinedUser & Columns>(sessionsWithUser(columns, padded(ids)));
      const found = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => found.get(id) ?? null);
    }
    return new DataLoader(load, {
      cache: false,
      maxBatchSize: maxSessionsPerQuery,
      batchScheduleFn: (load) => setImmediate(load),
    });
  }

  const principals = loaderOf<CurrentSession>(currentColumns);
  const wholeSessions = loaderOf<SessionRow>(allColumns);

  return {
    /** The session and its account, as they are after this was called. */
    async principal(id: string): Promise<Principal | null> {
      const row = await principals.load(id);
      if (!row) return null;
      const { user, rest: session } = splitUser(row);
      return { user, session };
    },

    async findWithUser(id: string): Promise<{ session: Session; user: User } | null> {
      const row = await wholeSessions.load(id);
      if (!row) return null;
      const { user, rest } = splitUser(row);
      return { user, session: toSession(rest) };
    },

    /** The live sessions of an account, most recently used first. */
    async listLive(userId: string, now: Date): Promise<Session[]> {
      const orderBy = [{ lastUsedAt: 'desc' as const }, { id: 'desc' as const }];
      const rows = await db.read((client) =>
        client.session.findMany({ where: { userId, ...live(now) }, orderBy, take: maxSessionsPerUser }),
      );
      return rows.map(toSession);
    },

    countLive(userId: string, now: Date): Promise<number> {
      return db.read((client) => client.session.count({ where: { userId, ...live(now) } }));
    },

    /** Moves a live session on to this, its next generation. False: another caller did, or it is over. */
    async rotate(next: Session): Promise<boolean> {
      return (await db.commit({ confirm: [rotateSession(next)] })) !== null;
    },

    /** Notes a use, at most one a minute. */
    async touch(id: string, now: Date): Promise<void> {
      await db.commit({ confirm: [touchSession(id, now)] });
    },

    /** Ends a session because of reuse, unless it was rotated or ended since it was read. */
    async endReused(session: Session, now: Date, event: Event): Promise<boolean> {
      return (await db.commit({ confirm: [endReused(session, now)], also: [insertEvent(event)] })) !== null;
    },

    /** Ends one session of this account. Answers the ids of the live ones that it ended: that one or none. */
    async end(id: string, userId: string, now: Date, event: Event): Promise<string[]> {
      const live = { confirm: [endLiveSession(id, userId, now, 'LOGOUT')], also: [insertEvent(event)] } as const;
      if (await db.commit(live)) return [id];
      await db.commit({ confirm: [endExpiredSession(id, userId, now, 'LOGOUT')] });
      return [];
    },

    /** Ends all of the caller's sessions, or all but the caller's own. Null: the caller's own was over, and none was ended. */
    async endAll(
      caller: { userId: string; sessionId: string },
      keepCurrent: boolean,
      now: Date,
      event: Event,
    ): Promise<string[] | null> {
      const ended = await db.commit({
        confirm: [lockActiveUser(caller.userId), holdSession(caller, now)],
        also: [
          endSessions(caller.userId, now, 'LOGOUT', keepCurrent ? caller.sessionId : undefined),
          insertEvent(event),
        ],
      });
      return ended && liveIds(ended[2], now);
    },

    /**
     * Ends the sessions of every account that began before. Answers how many were live. In batches: one statement over a
     * million rows would run into the time-out, and block all other writes until then.
     */
    async endAllBegunBefore(begunBefore: Date, now: Date): Promise<number> {
      let ended = 0;
      for (let after = ''; ; ) {
        const where = { createdAt: { lte: begunBefore }, endedAt: null, id: { gt: after } };
        const batch = { where, orderBy: { id: 'asc' as const }, take: 1_000, select: { id: true } };
        const rows = await db.read((client) => client.session.findMany(batch));
        const last = rows.at(-1);
        if (!last) return ended;
        ended += await endBatch(
          rows.map(({ id }) => id),
          now,
        );
        after = last.id;
      }
    },

    /** Deletes up to `limit` sessions that expired more than a day ago: until then their tokens are rejected with the reason. */
    async removeExpired(now: Date, limit: number): Promise<number> {
      const where = { expiresAt: { lt: new Date(now.getTime() - 86_400_000) } };
      return (await db.write((client) => client.session.deleteMany({ where, limit }))).count;
    },
  };

  async function endBatch(ids: string[], now: Date): Promise<number> {
    const reason: EndReason = 'OPERATOR';
    const rows = await db.write((client) =>
      client.session.updateManyAndReturn({
        where: { id: { in: ids }, endedAt: null },
        data: { endedAt: now, endReason: reason },
        select: { id: true, expiresAt: true },
      }),
    );
    return liveIds(rows, now).length;
  }
}

/** When the last of all sessions expires; null where there is none. */
export async function lastSessionExpiry(tx: Transaction): Promise<Date | null> {
  const last = await tx.session.findFirst({ select: { expiresAt: true }, orderBy: { expiresAt: 'desc' } });
  return last?.expiresAt ?? null;
}
