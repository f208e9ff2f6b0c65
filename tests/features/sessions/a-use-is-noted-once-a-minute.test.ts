import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../../src/platform/database/open.js';
import { ActiveSessionsDocument, LoginDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { afterwards } from '../../support/cleanup.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';

/** Makes the database itself count how often a session's last use is written. */
const counting = {
  sqlite: [
    'CREATE TABLE "Note" ("id" TEXT)',
    `CREATE TRIGGER "note" AFTER UPDATE OF "lastUsedAt" ON "Session"
     BEGIN INSERT INTO "Note" VALUES (NEW."id"); END`,
  ],
  postgresql: [
    'CREATE TABLE "Note" ("id" TEXT)',
    `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN INSERT INTO "Note" VALUES (NEW."id"); RETURN NULL; END $$`,
    'CREATE TRIGGER "note" AFTER UPDATE OF "lastUsedAt" ON "Session" FOR EACH ROW EXECUTE FUNCTION note()',
  ],
};

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let notesOf: (id: string) => Promise<number>;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
    const db = await openDatabase({ url: latchkey.databaseUrl, poolSize: 1, onError: () => {} });
    afterwards(() => db.close());
    for (const statement of counting[engine]) await db.write((client) => client.$executeRawUnsafe(statement));
    notesOf = async (id) => {
      const [row] = await db.read(
        (client) => client.$queryRaw<{ n: number | bigint }[]>`SELECT count(*) AS n FROM "Note" WHERE "id" = ${id}`,
      );
      return Number(row?.n);
    };
  });

  async function lastUse({ client }: Account): Promise<number> {
    const [session] = (await client.ask(ActiveSessionsDocument)).activeSessions;
    return Date.parse(session?.lastUsedAt ?? '');
  }

  test('within the minute of the last note there is no other', async () => {
    const account = await latchkey.newAccount();
    const { id, createdAt } = account.auth.session;
    latchkey.clock.advance('50s');
    await Promise.all(Array.from({ length: 16 }, () => account.client.ask(MeDocument)));
    expect(await lastUse(account)).toBe(Date.parse(createdAt));

    latchkey.clock.advance('15s');
    await Promise.all(Array.from({ length: 16 }, () => account.client.ask(MeDocument)));
    await vi.waitFor(async () => expect(await notesOf(id)).toBe(1), { timeout: 15_000 });
    await account.client.ask(MeDocument);
    expect(await lastUse(account)).toBeGreaterThan(Date.parse(createdAt) + 60_000);
    expect(await notesOf(id)).toBe(1);
  });

  test('the list of sessions includes the use that the listing itself is', async () => {
    const { client, auth, email, password } = await latchkey.newAccount();
    latchkey.clock.advance('10s');
    const { login } = await latchkey.client().ask(LoginDocument, { input: { email, password } });
    latchkey.clock.advance('300s');
    const before = latchkey.clock.now().getTime();
    const [first, second] = (await client.ask(ActiveSessionsDocument)).activeSessions;
    expect([first?.id, second?.id]).toEqual([auth.session.id, login.session.id]);
    expect(Date.parse(first?.lastUsedAt ?? '')).toBeGreaterThanOrEqual(before);
  });

  test('a request that is rejected is no use', async () => {
    const account = await latchkey.newAccount();
    latchkey.clock.advance('16m');
    await account.client.send(MeDocument);
    const { refresh } = await latchkey.client().ask(RefreshDocument, { refreshToken: account.auth.refreshToken });
    expect(await notesOf(account.auth.session.id)).toBe(1);
    expect(Date.parse(refresh.session.lastUsedAt)).toBeGreaterThan(
      Date.parse(account.auth.session.lastUsedAt) + 15 * 60_000,
    );
  });
});
