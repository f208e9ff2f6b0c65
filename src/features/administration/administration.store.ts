import { clocksDifferByMs } from '../../platform/clock.js';
import type { Database } from '../../platform/database/database.js';
import { serviceEvent } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { endSessionsBegunBefore, liveIds } from '../sessions/session.sql.js';
import type { SessionStore } from '../sessions/session.store.js';
import { reactivateUser } from '../users/user.sql.js';

export type AdministrationStore = ReturnType<typeof createAdministrationStore>;

export function createAdministrationStore(db: Database, sessions: SessionStore) {
  /** A node whose clock is ahead dates its newest sessions a little later. */
  const untilNow = (now: Date) => new Date(now.getTime() + clocksDifferByMs);

  return {
    /** Opens a deactivated account to sign-in again. */
    async reactivate(userId: string, now: Date): Promise<void> {
      const event = serviceEvent('OPERATOR', { kind: 'ACCOUNT_REACTIVATED', at: now, userId });
      await db.commit({ confirm: [reactivateUser(userId)], also: [insertEvent(event)] });
    },

    /** Ends an account's sessions that began before now. Answers how many were live. */
    async endSessions(userId: string, now: Date): Promise<number> {
      const event = serviceEvent('OPERATOR', { kind: 'SESSIONS_ENDED', at: now, userId });
      const returned = await db.commit({
        confirm: [endSessionsBegunBefore(userId, untilNow(now), now)],
        also: [insertEvent(event)],
      });
      return returned ? liveIds(returned[0], now).length : 0;
    },

    /** Ends the sessions of every account that began before now, in batches. Answers how many were live. */
    async endAllSessions(now: Date): Promise<number> {
      const ended = await sessions.endAllBegunBefore(untilNow(now), now);
      const event = serviceEvent('OPERATOR', { kind: 'SESSIONS_ENDED', at: now, userId: null });
      await db.commit({ confirm: [insertEvent(event)] });
      return ended;
    },
  };
}
