import type { Database } from '../../platform/database/database.js';
import type { Commit, Rows, Statement } from '../../platform/database/statement.js';
import type { Event } from '../events/event.js';
import { insertEvent, setFailure } from '../events/event.sql.js';
import type { Challenge } from './challenge.js';
import { insertChallenge, takeAttempt } from './challenge.sql.js';

export type SignInStore = ReturnType<typeof createSignInStore>;

export function createSignInStore(db: Database) {
  return {
    /** Commits a sign-in. Answers what its statements returned; null where one of `confirm` no longer holds. */
    commit: (work: Commit): Promise<Rows[] | null> => db.commit(work),

    /** Records a rejected sign-in, with what is committed with it. */
    async reject(event: Event, also: readonly Statement[] = []): Promise<void> {
      await db.commit({ confirm: [insertEvent(event)], also });
    },

    /** Records a sign-in that waits for a second factor, if what `confirm` says still holds. */
    async challenge(challenge: Challenge, event: Event, { confirm, also = [] }: Commit): Promise<boolean> {
      const all = [...also, insertChallenge(challenge), insertEvent(event)];
      return (await db.commit({ confirm, also: all })) !== null;
    },

    /** Takes one attempt from a challenge. Null: it is unknown, used, expired or out of attempts. */
    async takeAttempt(digest: string, now: Date): Promise<Challenge | null> {
      const returned = await db.commit({ confirm: [takeAttempt(digest, now)] });
      return (returned?.[0]?.[0] as Challenge | undefined) ?? null;
    },

    async rejectAnswer({ id }: Challenge): Promise<void> {
      await db.commit({ confirm: [setFailure(id, 'INVALID_CODE')] });
    },

    /** Deletes up to `limit` challenges that expired more than a day ago. */
    async removeExpired(now: Date, limit: number): Promise<number> {
      const where = { expiresAt: { lt: new Date(now.getTime() - 86_400_000) } };
      return (await db.write((client) => client.challenge.deleteMany({ where, limit }))).count;
    },
  };
}
