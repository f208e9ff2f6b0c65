import type { Session } from '../../src/features/sessions/session.js';
import { addSession } from '../../src/features/sessions/session.store.js';
import type { User } from '../../src/features/users/user.js';
import { addUser } from '../../src/features/users/user.store.js';
import { openDatabase } from '../../src/platform/database/open.js';
import { newId } from '../../src/platform/ids.js';
import { afterwards } from '../support/cleanup.js';
import { type Engine, migratedDatabaseUrl } from '../support/databases.js';

export type StoreRoom = Awaited<ReturnType<typeof openStoreRoom>>;

/** A migrated database of the caller's own, and rows to put into it. */
export async function openStoreRoom(engine: Engine) {
  const db = await openDatabase({ url: await migratedDatabaseUrl(engine), poolSize: 5, onFault: () => {} });
  afterwards(() => db.close());
  return {
    db,
    async addUser(facts: Partial<User> & { passwordHash?: string } = {}): Promise<User> {
      const { passwordHash = 'the first hash', ...rest } = facts;
      const user = newUser(rest);
      await db.execute(addUser(user, passwordHash));
      return user;
    },
    async addSession(userId: string, facts: Partial<Session> = {}): Promise<Session> {
      const session = newSession(userId, facts);
      await db.execute(addSession(session));
      return session;
    },
    passwordOf: (id: string) =>
      db.read((client) => client.user.findUniqueOrThrow({ where: { id }, select: { passwordHash: true } })),
    liveSessions: (userId: string) => db.read((client) => client.session.count({ where: { userId, endedAt: null } })),
  };
}

export function newUser(facts: Partial<User> = {}): User {
  const id = newId();
  const email = `${id}@example.com`;
  const never = { emailVerifiedAt: null, lastLoginAt: null, deactivatedAt: null };
  return { id, email, username: null, firstName: null, lastName: null, createdAt: new Date(), ...never, ...facts };
}

/** Half an hour from now, in whole seconds as sessions have it. */
const soon = () => new Date(Math.floor(Date.now() / 1_000) * 1_000 + 30 * 60_000);

export function newSession(userId: string, facts: Partial<Session> = {}): Session {
  const now = new Date();
  return {
    id: newId(),
    userId,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: soon(),
    absoluteExpiresAt: soon(),
    endedAt: null,
    ipAddress: null,
    userAgent: null,
    generation: 0,
    refreshIssuedAt: now,
    refreshJti: newId(),
    refreshKid: 'a key',
    recentlySpent: [],
    ...facts,
  };
}

/** So many callers at once. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
