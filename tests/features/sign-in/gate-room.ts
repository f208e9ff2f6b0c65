import { Writable } from 'node:stream';
import type { Call } from '../../../src/call.js';
import { parseConfig } from '../../../src/config.js';
import { createEventStore } from '../../../src/features/events/event.store.js';
import { keysFeature } from '../../../src/features/keys/keys.feature.js';
import { createLoginService } from '../../../src/features/password/login.service.js';
import { createPasswordStore } from '../../../src/features/password/password.store.js';
import { lastSessionExpiry } from '../../../src/features/sessions/session.store.js';
import { sessionsFeature } from '../../../src/features/sessions/sessions.feature.js';
import type { Factor } from '../../../src/features/sign-in/factor.js';
import { signInFeature } from '../../../src/features/sign-in/sign-in.feature.js';
import { createSignUpService } from '../../../src/features/sign-up/sign-up.service.js';
import { createUserStore } from '../../../src/features/users/user.store.js';
import { openPlatform } from '../../../src/open-platform.js';
import { Prisma } from '../../../src/platform/database/generated/sqlite/client.js';
import type { Statement } from '../../../src/platform/database/statement.js';
import { createLog } from '../../../src/platform/logging.js';
import { afterwards } from '../../support/cleanup.js';
import { createMovableClock } from '../../support/clock.js';
import { type Engine, freshDir, migratedDatabaseUrl } from '../../support/databases.js';
import { knownHashing, knownVault, testSettings } from '../../support/latchkey.js';

export const call: Call = { client: { ipAddress: '192.0.2.1', userAgent: null } };
export const password = 'correct horse battery';

/** The gate with a second factor that only tests have: a table of codes, each of which works once. */
export async function openGateRoom(engine: Engine) {
  const config = parseConfig({ ...testSettings, DATABASE_URL: await migratedDatabaseUrl(engine) });
  const log = createLog('silent', new Writable());
  const clock = createMovableClock();
  const vault = await knownVault(testSettings.AUTH_SECRET);
  const p = await openPlatform(config, { log, clock, dataDir: await freshDir(), vault });
  afterwards(() => p.close());
  await run(Prisma.sql`CREATE TABLE "Toy" ("userId" TEXT NOT NULL, "code" TEXT NOT NULL)`);
  const hashing = knownHashing(config.bcryptCost);

  async function run(statement: Statement): Promise<void> {
    await p.db.write((client) => client.$executeRaw(statement));
  }

  const toy: Factor = {
    method: 'TOTP',
    isEnrolled: async ({ secondFactorEnabledAt }) => secondFactorEnabledAt !== null,
    async check({ id }, code) {
      const known = await p.db.query(Prisma.sql`SELECT 1 FROM "Toy" WHERE "userId" = ${id} AND "code" = ${code}`);
      return known.length === 0 ? null : [Prisma.sql`DELETE FROM "Toy" WHERE "userId" = ${id} AND "code" = ${code}`];
    },
  };

  const users = createUserStore(p.db);
  const events = createEventStore(p.db);
  const keys = await keysFeature(p, { lastTokenExpiry: lastSessionExpiry });
  const sessions = sessionsFeature(p, keys);
  const { signIn } = signInFeature(p, { users, events, issuer: sessions.issuer, factors: [toy] });
  const logins = createLoginService({
    passwords: createPasswordStore(p.db),
    signIn,
    hashing,
    background: p.background,
  });
  const signUps = createSignUpService({ users, signIn, hashing, clock, settings: config });

  return {
    ...p,
    clock,
    users,
    events,
    signIn,
    sessions: sessions.sessions,
    run,
    /** A new account; with codes, its second factor is on. */
    async newUser({ codes = [] }: { codes?: string[] } = {}) {
      const email = `${crypto.randomUUID()}@example.com`;
      const { user } = await signUps.signUp(call, { email, password });
      for (const code of codes) await run(Prisma.sql`INSERT INTO "Toy" VALUES (${user.id}, ${code})`);
      if (codes.length > 0) {
        const now = clock.now();
        await p.db.write((client) =>
          client.user.update({ where: { id: user.id }, data: { secondFactorEnabledAt: now } }),
        );
      }
      return { email, id: user.id };
    },
    login: (email: string, text = password) => logins.login(call, { email, password: text }),
    countSessions: (userId: string) =>
      p.db.read((client) => client.session.count({ where: { userId, endedAt: null } })),
    history: (userId: string) => events.signIns(userId, new Date(0), null, 100),
  };
}
