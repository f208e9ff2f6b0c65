import type { ErrorCode } from '../../errors.js';
import type { Database } from '../../platform/database/database.js';
import { Prisma } from '../../platform/database/generated/sqlite/client.js';
import { insertInto } from '../../platform/database/insert.js';
import { type LoginEvent, maxEventsPerUser } from './login-event.js';

export type LoginHistoryStore = ReturnType<typeof createLoginHistoryStore>;

export function createLoginHistoryStore(db: Database) {
  return {
    /** Records an attempt that started no session. */
    async record(event: LoginEvent): Promise<void> {
      await db.execute(addEvent(event));
    },

    /** Forgets the oldest events beyond the limit. Attempts on accounts that do not exist are limited together. */
    async trim(userId: string | null): Promise<void> {
      const theirs = userId === null ? Prisma.sql`"userId" IS NULL` : Prisma.sql`"userId" = ${userId}`;
      const newestSurplus = Prisma.sql`SELECT "id" FROM "LoginEvent" WHERE ${theirs}
        ORDER BY "id" DESC LIMIT 1 OFFSET ${maxEventsPerUser}`;
      await db.execute(Prisma.sql`DELETE FROM "LoginEvent" WHERE ${theirs} AND "id" <= (${newestSurplus})`);
    },

    /** Up to `take` events of this user since `since`, newest first, those after the event `after` only. */
    async page(userId: string, since: Date, after: string | null, take: number): Promise<LoginEvent[]> {
      const where = { userId, at: { gte: since }, ...(after === null ? {} : { id: { lt: after } }) };
      const rows = await db.read((client) => client.loginEvent.findMany({ where, orderBy: { id: 'desc' }, take }));
      return rows.map((row) => ({ ...row, failure: row.failure as ErrorCode | null }));
    },
  };
}

/** The statement that records an event. */
export function addEvent(event: LoginEvent): Prisma.Sql {
  return insertInto('LoginEvent', event);
}
