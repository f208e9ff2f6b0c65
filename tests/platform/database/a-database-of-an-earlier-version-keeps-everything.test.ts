import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/platform/database/open.js';
import {
  ActiveSessionsDocument,
  LoginDocument,
  LoginHistoryDocument,
  MeDocument,
  RefreshDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from '../../client/generated/graphql.js';
import { root } from '../../support/built.js';
import { createMovableClock } from '../../support/clock.js';
import { type Engine, engines, freshDatabaseUrl, freshDir } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';

type Row = Record<string, unknown>;

/** What a running service left in its tables, and what its clients held. */
async function readFixture(engine: Engine) {
  const file = path.join(root, `tests/fixtures/database-of-2026-12-01.${engine}.json`);
  return JSON.parse(await readFile(file, 'utf8')) as { kept: Kept; rows: Record<string, Row[]> };
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
  sessionId: string;
}

interface Kept {
  at: string;
  secret: string;
  ada: {
    id: string;
    password: string;
    live: Tokens;
    phone: Tokens;
    ended: Tokens;
    spentRefreshToken: string;
    resetToken: string;
    seen: { loginHistory: { nodes: Row[] }; me: Row; activeSessions: Row[] };
  };
  bob: { id: string; password: string; accessToken: string; refreshToken: string; verificationToken: string };
  eve: { password: string; accessToken: string };
  dan: { password: string; accessToken: string; refreshToken: string };
}

/** The migrations that the version of the fixture had. */
async function migrationsUntil(last: string): Promise<string> {
  const folder = await freshDir();
  for (const engine of engines) {
    for (const name of await readdir(path.join(root, 'prisma/migrations', engine))) {
      if (name > last && /^\d/.test(name)) continue;
      await cp(path.join(root, 'prisma/migrations', engine, name), path.join(folder, engine, name), {
        recursive: true,
      });
    }
  }
  return folder;
}

/** A database as that version made it. */
async function restore(engine: Engine, rows: Record<string, Row[]>): Promise<string> {
  const url = await freshDatabaseUrl(engine);
  const migrationsDir = await migrationsUntil('20261121145908_housekeeping');
  const db = await openDatabase({ url, poolSize: 2, migrationsDir, onError: () => {} });
  await db.write((client) => client.$executeRawUnsafe('DELETE FROM "Chore"'));
  for (const [table, content] of Object.entries(rows)) {
    if (content[0])
      await db.write((client) => client.$executeRawUnsafe(insertAll(engine, table, content), JSON.stringify(content)));
  }
  await db.close();
  return url;
}

function insertAll(engine: Engine, table: string, rows: Row[]): string {
  if (engine === 'postgresql')
    return `INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", $1::json)`;
  const columns = Object.keys(rows[0] ?? {});
  const values = columns.map((column) => `json_extract(value, '$.${column}')`);
  const names = columns.map((column) => `"${column}"`);
  return `INSERT INTO "${table}" (${names.join()}) SELECT ${values.join()} FROM json_each(?)`;
}

async function startOnKept(engine: Engine) {
  const { kept, rows } = await readFixture(engine);
  const databaseUrl = await restore(engine, rows);
  const clock = createMovableClock(new Date(kept.at));
  const latchkey = await startLatchkey({ databaseUrl }, { AUTH_SECRET: kept.secret }, { clock });
  return { latchkey, kept };
}

describe.each(engines)('on %s', (engine) => {
  test('Accounts, sessions and the login history of an earlier version are as they were', async () => {
    const { latchkey, kept } = await startOnKept(engine);
    const ada = latchkey.client({ token: kept.ada.live.accessToken });

    const { me } = await ada.ask(MeDocument);
    expect(me).toMatchObject({ id: kept.ada.id, emailVerified: true, firstName: 'Ada', lastName: 'Łovelace' });
    expect(me).toMatchObject(kept.ada.seen.me);
    const { activeSessions } = await ada.ask(ActiveSessionsDocument, {});
    expect(activeSessions.map(({ id }) => id).sort()).toEqual(kept.ada.seen.activeSessions.map(({ id }) => id).sort());
    const { loginHistory } = await ada.ask(LoginHistoryDocument, { first: 100 });
    expect(loginHistory.nodes.map(({ id, at, failure, sessionId }) => ({ id, at, failure, sessionId }))).toEqual(
      kept.ada.seen.loginHistory.nodes.map(({ id, at, failure, sessionId }) => ({ id, at, failure, sessionId })),
    );
  });

  test('Tokens of an earlier version go on working, and ended or spent ones are still rejected', async () => {
    const { latchkey, kept } = await startOnKept(engine);
    const client = latchkey.client();
    const reasonOf = async (refreshToken: string) =>
      (await client.send(RefreshDocument, { refreshToken })).errors[0]?.extensions.reason;

    const { refresh } = await client.ask(RefreshDocument, { refreshToken: kept.ada.phone.refreshToken });
    expect(refresh.session.id).toBe(kept.ada.phone.sessionId);
    expect(await reasonOf(kept.ada.ended.refreshToken)).toBe('SESSION_ENDED');
    const ended = await client.with({ token: kept.ada.ended.accessToken }).send(MeDocument);
    expect(ended.errors[0]?.extensions.reason).toBe('SESSION_ENDED');
    latchkey.clock.advance('2m');
    expect(await reasonOf(kept.ada.spentRefreshToken)).toBe('REUSED');
  });

  test('Passwords of an earlier version sign in, long and changed ones too, and deactivated accounts stay closed', async () => {
    const { latchkey, kept } = await startOnKept(engine);
    const login = async (email: string, password: string) => {
      const { data, errors } = await latchkey.client().send(LoginDocument, { input: { email, password } });
      return data?.login.user.email ?? errors[0]?.extensions.code;
    };
    expect(await login('ada@example.com', kept.ada.password)).toBe('ada@example.com');
    expect(await login('bob@example.com', kept.bob.password)).toBe('bob@example.com');
    expect(await login('dan@example.com', kept.dan.password)).toBe('dan@example.com');
    expect(await login('ada@example.com', kept.bob.password)).toBe('INVALID_CREDENTIALS');
    expect(await login('eve@example.com', kept.eve.password)).toBe('ACCOUNT_DEACTIVATED');
  });

  test('Mailed tokens of an earlier version can be used once, and mails that waited are sent', async () => {
    const { latchkey, kept } = await startOnKept(engine);
    const client = latchkey.client();
    const { verifyEmail } = await client.ask(VerifyEmailDocument, { token: kept.bob.verificationToken });
    expect(verifyEmail).toMatchObject({ id: kept.bob.id, emailVerified: true });
    const input = { token: kept.ada.resetToken, newPassword: 'a new password for ada' };
    const { resetPassword } = await client.ask(ResetPasswordDocument, { input });
    expect(resetPassword.endedSessionIds).toContain(kept.ada.live.sessionId);
    const again = await client.send(ResetPasswordDocument, { input });
    expect(again.errors[0]?.extensions.code).toBe('INVALID_TOKEN');
    expect((await latchkey.nextMail('dan@example.com')).token).toMatch(/^[\w-]{43}$/);
  });
});
