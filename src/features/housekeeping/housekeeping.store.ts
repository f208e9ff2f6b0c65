import type { Database } from '../../platform/database/database.js';

export type HousekeepingStore = ReturnType<typeof createHousekeepingStore>;

export function createHousekeepingStore(db: Database) {
  return {
    /**
     * Claims the sweep until `nextAt`. False: it is not due, or another node has claimed it. A due date more than twice as
     * far away as `nextAt` was set by a node whose clock was wrong, and counts as due.
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
  };
}
