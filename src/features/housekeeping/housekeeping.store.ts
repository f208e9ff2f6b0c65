import type { Database } from '../../platform/database/database.js';

export type HousekeepingStore = ReturnType<typeof createHousekeepingStore>;

/** What can no longer be used, and since when. */
export interface Outdated {
  sessions: Date;
  mailTokens: Date;
  loginEvents: Date;
}

export function createHousekeepingStore(db: Database) {
  return {
    /**
     * Takes the sweeping upon oneself until `nextAt`. False: it is not due, or another node has taken it. A time that is
     * further away than `nextAt` twice over was set by a node whose clock was wrong, and counts as due.
     */
    async claim(now: Date, nextAt: Date): Promise<boolean> {
      const implausible = new Date(2 * nextAt.getTime() - now.getTime());
      const { count } = await db.write((client) =>
        client.chore.updateMany({
          where: { name: 'sweep', OR: [{ dueAt: { lte: now } }, { dueAt: { gt: implausible } }] },
          data: { dueAt: nextAt },
        }),
      );
      return count === 1;
    },

    /** Removes at most `limit` rows of each kind, in a statement each. Answers the largest number. */
    async sweep({ sessions, mailTokens, loginEvents }: Outdated, limit: number): Promise<number> {
      const removed = [
        await db.write((client) => client.session.deleteMany({ where: { expiresAt: { lt: sessions } }, limit })),
        await db.write((client) => client.mailToken.deleteMany({ where: { expiresAt: { lt: mailTokens } }, limit })),
        await db.write((client) => client.loginEvent.deleteMany({ where: { at: { lt: loginEvents } }, limit })),
      ];
      return Math.max(...removed.map(({ count }) => count));
    },
  };
}
