import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createEventStore } from '../../../src/features/events/event.store.js';
import { createHousekeepingStore } from '../../../src/features/housekeeping/housekeeping.store.js';
import { createMailTokenStore } from '../../../src/features/mail/mail-token.store.js';
import { createSessionStore } from '../../../src/features/sessions/session.store.js';
import { createSignInStore } from '../../../src/features/sign-in/sign-in.store.js';
import { openDatabase } from '../../../src/platform/database/open.js';
import {
  ActiveSessionsDocument,
  ChangePasswordDocument,
  DeactivateAccountDocument,
  LoginDocument,
  LoginHistoryDocument,
  LogoutAllDocument,
  LogoutDocument,
  MeDocument,
  RefreshDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from '../../client/generated/graphql.js';
import { type Engine, engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';

/** Every operation once, and the housekeeping, so that all their statements are in the log. */
async function useEverything(latchkey: Latchkey): Promise<void> {
  const { email, password } = await latchkey.newAccount({ username: 'ada.lovelace' });
  const signIn = async () => (await latchkey.client().ask(LoginDocument, { input: { email, password } })).login;
  const signedIn = async () => latchkey.client({ token: (await signIn()).accessToken });
  const { accessToken, refreshToken } = await signIn();
  const client = latchkey.client({ token: accessToken });
  await client.ask(MeDocument);
  await client.ask(ActiveSessionsDocument);
  await client.ask(LoginHistoryDocument, { first: 1 });
  await latchkey.client().ask(RefreshDocument, { refreshToken });
  await latchkey.client().send(LoginDocument, { input: { username: 'ada.lovelace', password: 'not the right one' } });
  latchkey.clock.advance('2m');
  await client.ask(MeDocument); // notes the use
  await client.ask(LogoutDocument);
  await (await signedIn()).ask(LogoutAllDocument, { keepCurrent: true });
  await latchkey.client().ask(RequestPasswordResetDocument, { email });
  await latchkey
    .client()
    .send(ResetPasswordDocument, { input: { token: 'x'.repeat(43), newPassword: 'another horse battery' } });
  await latchkey.client().send(VerifyEmailDocument, { token: 'x'.repeat(43) });
  const input = { currentPassword: password, newPassword: password };
  const changed = await (await signedIn()).ask(ChangePasswordDocument, { input });
  await latchkey
    .client({ token: changed.changePassword.auth.accessToken })
    .ask(DeactivateAccountDocument, { password });
  await sleep(1_000); // the mails are out
}

async function housekeepingOf(databaseUrl: string): Promise<string[]> {
  const statements: string[] = [];
  const database = await openDatabase({
    url: databaseUrl,
    poolSize: 1,
    onError: () => {},
    log: (sql) => statements.push(sql),
  });
  const [sessions, signIns, tokens, events] = [
    createSessionStore(database),
    createSignInStore(database),
    createMailTokenStore(database),
    createEventStore(database),
  ];
  const removals = [
    sessions.removeExpired,
    signIns.removeExpired,
    tokens.removeExpired,
    events.removeOldSignIns,
    events.removeOldEvents,
  ];
  for (const remove of removals) await remove(new Date(), 500);
  await createHousekeepingStore(database).claim(new Date(), new Date());
  await database.close();
  return statements;
}

/** How the engine would carry it out if every table were large; null where the plan has an index for all of it. */
type Explain = (sql: string) => Promise<string | null>;

async function explainers(engine: Engine, databaseUrl: string): Promise<{ explain: Explain; close(): Promise<void> }> {
  if (engine === 'sqlite') {
    const database = new Sqlite(databaseUrl.slice('file:'.length));
    const explain: Explain = async (sql) => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters(sql)) as { detail: string }[];
      const details = plan.map(({ detail }) => detail);
      // Tables begin with a capital; `SCAN sub` reads what a search has found.
      return details.some((detail) => /^SCAN (main\.)?[A-Z](?!.*USING.*INDEX)/.test(detail))
        ? details.join('; ')
        : null;
    };
    return { explain, close: async () => void database.close() };
  }
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query('SET enable_seqscan = off');
  const explain: Explain = async (sql) => {
    const { rows } = await client.query(`EXPLAIN (GENERIC_PLAN) ${sql}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    return /Seq Scan/.test(plan) ? plan : null;
  };
  return { explain, close: () => client.end() };
}

function parameters(sql: string): null[] {
  return Array.from(sql.matchAll(/\?/g), () => null);
}

/** A few rows for all nodes together: reading them whole is what is meant. */
const small = /"?`?(SigningKey|Chore|_prisma_migrations)"?`?/;

test.each(engines)('on %s', async (engine) => {
  const latchkey = await startLatchkey(engine, { LOG_LEVEL: 'debug' });
  await useEverything(latchkey);
  const logged = latchkey.logs.map((line) => JSON.parse(line)).flatMap(({ msg, sql }) => (msg === 'sql' ? [sql] : []));
  const all = [...new Set([...logged, ...(await housekeepingOf(latchkey.databaseUrl))])];
  const statements = all.filter((sql) => /^\s*(SELECT|UPDATE|DELETE)/.test(sql) && !small.test(sql));
  expect(statements.length).toBeGreaterThan(20);

  const { explain, close } = await explainers(engine, latchkey.databaseUrl);
  const without: string[] = [];
  for (const sql of statements) {
    const plan = await explain(sql);
    if (plan) without.push(`${sql}\n${plan}`);
  }
  await close();
  expect(without).toEqual([]);
});
