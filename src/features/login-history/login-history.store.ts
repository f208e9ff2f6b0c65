import type { ErrorCode } from '../../errors.js';
import type { Client, Database, Transaction } from '../../platform/database/database.js';
import { type LoginEvent, maxEventsPerUser } from './login-event.js';

export type LoginHistoryStore = ReturnType<typeof createLoginHistoryStore>;

export function createLoginHistoryStore(db: Database) {
  return {
    /** Records an attempt that started no session. */
    async record(event: LoginEvent): Promise<void> {
      await db.write((client) => client.loginEvent.create({ data: event }));
      const surplus = await db.read((client) => newestSurplus(client, event.userId));
      if (surplus) await db.write((client) => client.loginEvent.deleteMany({ where: upTo(event.userId, surplus) }));
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
  const surplus = await newestSurplus(tx, event.userId);
  if (surplus) await tx.loginEvent.deleteMany({ where: upTo(event.userId, surplus) });
}

/** The newest event that is one too many. Attempts on accounts that do not exist are limited together, as one account. */
async function newestSurplus(client: Client | Transaction, userId: string | null): Promise<string | undefined> {
  const oldest = { where: { userId }, orderBy: { id: 'desc' as const }, skip: maxEventsPerUser, take: 1 };
  return (await client.loginEvent.findMany({ ...oldest, select: { id: true } }))[0]?.id;
}

const upTo = (userId: string | null, id: string) => ({ userId, id: { lte: id } });
