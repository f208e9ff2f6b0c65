import type { Database } from '../../platform/database/database.js';
import type { Commit, Rows, Statement } from '../../platform/database/statement.js';
import type { Event } from '../events/event.js';
import { concludeSignIn, insertEvent, setFailure } from '../events/event.sql.js';
import type { Session } from '../sessions/session.js';
import { endSurplus, insertSession } from '../sessions/session.sql.js';
import type { Challenge } from './challenge.js';
import { insertChallenge, spendChallenge, takeAttempt } from './challenge.sql.js';

export type SignInStore = ReturnType<typeof createSignInStore>;

export interface Start extends Commit {
  /** Whether the account has no other session. */
  isFirst?: boolean;
}

export function createSignInStore(db: Database) {
  return {
    /** Starts the session if the proof still holds. Answers what `also` returned; null where it no longer holds. */
    async start(session: Session, { confirm, also = [], isFirst }: Start, event: Event): Promise<Rows[] | null> {
      const surplus = isFirst ? [] : [endSurplus(session)];
      const start = [insertSession(session), ...surplus, insertEvent(event)];
      const returned = await db.commit({ confirm, also: [...also, ...start] });
      return returned?.slice(confirm.length, confirm.length + also.length) ?? null;
    },

    /** Records a rejected sign-in, with what is to be committed with it. */
    async reject(event: Event, also: readonly Statement[] = []): Promise<void> {
      const [first, ...rest] = [...also, insertEvent(event)] as const;
      await db.commit({ confirm: [first as Statement], also: rest });
    },

    /** Records a sign-in that waits for a second factor. */
    async challenge(challenge: Challenge, event: Event): Promise<void> {
      await db.commit({ confirm: [insertChallenge(challenge)], also: [insertEvent(event)] });
    },

    /** Takes one attempt from a challenge. Null: it is unknown, finished, expired or was tried too often. */
    async takeAttempt(digest: string, now: Date): Promise<Challenge | null> {
      const returned = await db.commit({ confirm: [takeAttempt(digest, now)] });
      return (returned?.[0]?.[0] as Challenge | undefined) ?? null;
    },

    async rejectAnswer({ id }: Challenge): Promise<void> {
      await db.commit({ confirm: [setFailure(id, 'INVALID_CODE')] });
    },

    /** Starts the session that a challenge was for, if `confirm` holds and the challenge is not spent yet. */
    async complete(challenge: Challenge, session: Session, confirm: Commit['confirm']): Promise<boolean> {
      const also = [insertSession(session), endSurplus(session), concludeSignIn(challenge.id, session.id)];
      return (await db.commit({ confirm: [...confirm, spendChallenge(challenge)], also })) !== null;
    },

    /** Deletes up to `limit` challenges that expired more than a day ago. */
    async removeExpired(now: Date, limit: number): Promise<number> {
      const where = { expiresAt: { lt: new Date(now.getTime() - 86_400_000) } };
      return (await db.write((client) => client.challenge.deleteMany({ where, limit }))).count;
    },
  };
}
