import type { Principal } from '../../call.js';
import type { Database } from '../../platform/database/database.js';
import type { Commit } from '../../platform/database/statement.js';
import type { Event } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { voidTokens, withdrawMails } from '../mail/mail.sql.js';
import { endSessions, holdSession, liveIds } from '../sessions/session.sql.js';
import { deactivateUser } from '../users/user.sql.js';

export type DeactivationStore = ReturnType<typeof createDeactivationStore>;

export interface Deactivation {
  userId: string;
  now: Date;
  event: Event;
  /** The owner, by what was proved; left out where an operator does it. */
  by?: Principal;
}

export function createDeactivationStore(db: Database) {
  return {
    /**
     * Closes the account to sign-in, ends every session and voids every mailed token: all or nothing. Answers the ended
     * sessions' ids; null where the account is closed already, or the owner's session or credentials have changed.
     */
    async deactivate(deactivation: Deactivation): Promise<string[] | null> {
      const { userId, now, event } = deactivation;
      const confirm = whatMustHold(deactivation);
      const returned = await db.commit({
        confirm,
        also: [endSessions(userId, now, 'DEACTIVATED'), voidTokens(userId), withdrawMails(userId), insertEvent(event)],
      });
      return returned && liveIds(returned[confirm.length], now);
    },
  };
}

function whatMustHold({ userId, now, by }: Deactivation): Commit['confirm'] {
  if (!by) return [deactivateUser(userId, now)];
  return [deactivateUser(userId, now, by.user), holdSession({ userId, sessionId: by.session.id }, now)];
}
