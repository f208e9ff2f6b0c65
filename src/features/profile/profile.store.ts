import type { Database } from '../../platform/database/database.js';
import type { Event } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { holdSession } from '../sessions/session.sql.js';
import type { User } from '../users/user.js';
import { changeProfile, type ProfileChange } from '../users/user.sql.js';
import { takenBy } from '../users/user.store.js';

export type ProfileStore = ReturnType<typeof createProfileStore>;

export function createProfileStore(db: Database) {
  return {
    /**
     * Changes the profile of an active account, provided that the session it is changed under is still live. Null where
     * either is not so; `USERNAME_TAKEN` where another account has the name.
     */
    async update(
      caller: { userId: string; sessionId: string },
      change: ProfileChange,
      now: Date,
      event: Event,
    ): Promise<User | 'USERNAME_TAKEN' | null> {
      try {
        const returned = await db.commit({
          confirm: [changeProfile(caller.userId, change), holdSession(caller, now)],
          also: [insertEvent(event)],
        });
        return returned && (returned[0]?.[0] as unknown as User);
      } catch (error) {
        if (takenBy(error)) return 'USERNAME_TAKEN';
        throw error;
      }
    },
  };
}
