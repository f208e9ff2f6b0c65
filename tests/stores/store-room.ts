import type { Call } from '../../src/call.js';
import { type Event, type EventKind, userEvent } from '../../src/features/events/event.js';
import { type HashedPassword, insertPassword } from '../../src/features/password/password.sql.js';
import type { Session } from '../../src/features/sessions/session.js';
import { insertSession } from '../../src/features/sessions/session.sql.js';
import type { User } from '../../src/features/users/user.js';
import { insertUser } from '../../src/features/users/user.sql.js';
import { openDatabase } from '../../src/platform/database/open.js';
import { newId } from '../../src/platform/ids.js';
import { afterwards } from '../support/cleanup.js';
import { type Engine, migratedDatabaseUrl } from '../support/databases.js';

/** From nowhere. */
export const call: Call = { client: { ipAddress: null, userAgent: null } };

export type StoreRoom = Awaited<ReturnType<typeof openStoreRoom>>;

/** A migrated database of the caller's own, and rows to put into it. */
export async function openStoreRoom(engine: Engine) {
  const db = await openDatabase({ url: await migratedDatabaseUrl(engine), poolSize: 5, onError: () => {} });
  afterwards(() => db.close());
  return {
    db,
    async addUser(facts: Partial<User> & { passwordHash?: string } = {}): Promise<User> {
      const { passwordHash = 'the first hash', ...rest } = facts;
      const user = newUser(rest);
      await db.commit({ confirm: [insertUser(user)], also: [insertPassword(user.id, hashed(passwordHash))] });
      return user;
    },
    async addSession(userId: string, facts: Partial<Session> = {}): Promise<Session> {
      const session = newSession(userId, facts);
      await db.commit({ confirm: [insertSession(session)] });
      return session;
    },
    /** The stored hash of this account's password. */
    async hashOf(userId: string): Promise<string> {
      return (await db.read((client) => client.password.findUniqueOrThrow({ where: { userId } }))).hash;
    },
    async find(id: string): Promise<User> {
      return db.read((client) => client.user.findUniqueOrThrow({ where: { id } }));
    },
    /** How many events of these kinds this account has. */
    countEvents: (userId: string, ...kinds: EventKind[]) =>
      db.read((client) => client.event.count({ where: { userId, kind: { in: kinds } } })),
    liveSessions: (userId: string) => db.read((client) => client.session.count({ where: { userId, endedAt: null } })),
  };
}

export function newUser(facts: Partial<User> = {}): User {
  const id = newId();
  const email = `${id}@example.com`;
  const never = { emailVerifiedAt: null, lastLoginAt: null, deactivatedAt: null, secondFactorEnabledAt: null };
  const names = { username: null, firstName: null, lastName: null };
  return { id, email, ...names, createdAt: new Date(), ...never, credentialsVersion: 0, ...facts };
}

/** A hash as the password store takes it. */
export function hashed(hash: string): HashedPassword {
  return { hash, cost: 4 };
}

/** Something that this account's owner does now. */
export function eventOf(kind: EventKind, userId: string, sessionId?: string): Event {
  return userEvent({ kind, at: new Date(), userId, ...(sessionId === undefined ? {} : { sessionId }) }, call);
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
    methods: ['PASSWORD'],
    authenticatedAt: now,
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
