import type { Database } from '../../platform/database/database.js';
import { type Event, type EventKind, eventDays, historyDays, otherKinds, signInKinds } from './event.js';
import { insertEvent, trimSignIns } from './event.sql.js';

export type EventStore = ReturnType<typeof createEventStore>;

const dayMs = 86_400_000;

export function createEventStore(db: Database) {
  return {
    /** Records an event that no other write belongs to. */
    async record(event: Event): Promise<void> {
      await db.commit({ confirm: [insertEvent(event)] });
    },

    /** Whether this event was stored. */
    async has({ id, sessionId }: Pick<Event, 'id' | 'sessionId'>): Promise<boolean> {
      return (await db.read((client) => client.event.count({ where: { id, sessionId } }))) > 0;
    },

    /** Deletes the oldest sign-ins of this account beyond the limit; null: of accounts that do not exist. */
    async trimSignIns(userId: string | null): Promise<void> {
      await db.commit({ confirm: [trimSignIns(userId)] });
    },

    /** Up to `take` sign-ins to this account since `since`, newest first, those older than the event `after` only. */
    async signIns(userId: string, since: Date, after: string | null, take: number): Promise<Event[]> {
      const older = after === null ? {} : { id: { lt: after } };
      const where = { userId, kind: { in: [...signInKinds] }, at: { gte: since }, ...older };
      const rows = await db.read((client) => client.event.findMany({ where, orderBy: { id: 'desc' }, take }));
      return rows as Event[];
    },

    /** Deletes up to `limit` sign-ins that no history shows any more. A day late, since the clocks of nodes differ. */
    removeOldSignIns: (now: Date, limit: number) => removeOlder(signInKinds, now, historyDays + 1, limit),

    /** Deletes up to `limit` other events that are older than any is kept. */
    removeOldEvents: (now: Date, limit: number) => removeOlder(otherKinds, now, eventDays, limit),
  };

  /** By kind, since the index begins with it. */
  async function removeOlder(kinds: readonly EventKind[], now: Date, days: number, limit: number): Promise<number> {
    const where = { kind: { in: [...kinds] }, at: { lt: new Date(now.getTime() - days * dayMs) } };
    return (await db.write((client) => client.event.deleteMany({ where, limit }))).count;
  }
}
