import type { ErrorCode } from '../../errors.js';
import type { Database, Transaction } from '../../platform/database/database.js';
import { type LoginEvent, maxEventsPerUser } from './login-event.js';

export type LoginHistoryStore = ReturnType<typeof createLoginHistoryStore>;

export function createLoginHistoryStore(db: Database) {
  return {
    /** Records an attempt that started no session. */
    async record(event: LoginEvent): Promise<void> {
      await db.write((client) => client.loginEvent.create({ data: event }));
    },

    /** Forgets the oldest events beyond the limit. */
    async trim(userId: string | null): Promise<void> {
      await db.transaction((tx) => trimEvents(tx, userId));
    },

    /** Up to `take` events of this user since `since`, newest first, those after the event `after` only. */
    async page(userId: string, since: Date, after: string | null, take: number): Promise<LoginEvent[]> {
      const where = { userId, at: { gte: since }, ...(after === null ? {} : { id: { lt: after } }) };
      const rows = await db.read((client) => client.loginEvent.findMany({ where, orderBy: { id: 'desc' }, take }));
      return rows.map((row) => ({ ...row, failure: row.failure as ErrorCode | null }));
    },
  };
}

/** Records an event as part of a larger transaction, and forgets the oldest beyond the limit. */
export async function recordEvent(tx: Transaction, event: LoginEvent): Promise<void> {
  await tx.loginEvent.create({ data: event });
  await trimEvents(tx, event.userId);
}

/** Attempts on accounts that do not exist are limited together, as those of one account. */
async function trimEvents(tx: Transaction, userId: string | null): Promise<void> {
  const [newestSurplus] = await tx.loginEvent.findMany({
    where: { userId },
    orderBy: { id: 'desc' },
    skip: maxEventsPerUser,
    take: 1,
    select: { id: true },
  });
  if (newestSurplus) await tx.loginEvent.deleteMany({ where: { userId, id: { lte: newestSurplus.id } } });
}
