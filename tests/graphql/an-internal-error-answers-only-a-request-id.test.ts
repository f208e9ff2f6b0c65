import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { LoginDocument, LoginHistoryDocument, MeDocument } from '../client/generated/graphql.js';
import { expectCode } from '../support/client.js';
import { type Engine, engines } from '../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../support/latchkey.js';

/** Breaks the database behind the server's back. */
async function execute(engine: Engine, url: string, sql: string): Promise<void> {
  if (engine === 'sqlite') {
    const database = new Sqlite(url.replace('file:', ''));
    database.exec(sql);
    database.close();
    return;
  }
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

describe.each(engines)('%s', (engine) => {
  let latchkey: Latchkey;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
    account = await latchkey.newAccount();
    await execute(engine, latchkey.databaseUrl, 'ALTER TABLE "Event" RENAME TO "Hidden"');
  });

  const linesWith = (text: string) =>
    latchkey.logs.filter((line) => line.includes(text)).map((line) => JSON.parse(line));

  test('the answer holds a request id and nothing else about it', async () => {
    const answer = await account.client.send(LoginHistoryDocument, {});
    expect(answer.status).toBe(200);
    expect(answer.errors).toEqual([
      {
        message: 'Something went wrong on the server.',
        path: ['loginHistory'],
        locations: [expect.any(Object)],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.stringMatching(/^[\w-]{20,}$/) },
      },
    ]);
  });

  test('the id is in the log line of the error, and in that of the request', async () => {
    const answer = await account.client.send(LoginHistoryDocument, {});
    const { requestId = 'none' } = expectCode(answer, 'INTERNAL_SERVER_ERROR');
    await expect.poll(() => linesWith(requestId).map(({ msg }) => msg)).toEqual(['internal error', 'request']);
    const [logged] = linesWith(requestId);
    expect(logged).toMatchObject({
      level: 50,
      err: { type: expect.any(String), stack: expect.stringContaining(' at ') },
    });
  });

  test('each error has an id of its own', async () => {
    const ids = [0, 1, 2].map(async () =>
      expectCode(await account.client.send(LoginHistoryDocument, {}), 'INTERNAL_SERVER_ERROR'),
    );
    expect(new Set((await Promise.all(ids)).map(({ requestId }) => requestId)).size).toBe(3);
  });

  test('the log line repeats no value of the statement', async () => {
    const { email } = account;
    const password = 'not the one of hunter2';
    const headers = { 'user-agent': 'hunter2-agent' };
    const { requestId = 'none' } = expectCode(
      await latchkey.client({ headers }).send(LoginDocument, { input: { email, password } }),
      'INTERNAL_SERVER_ERROR',
    );
    expect(linesWith(requestId).length).toBeGreaterThan(0);
    expect(latchkey.logs.join('')).not.toMatch(new RegExp(`hunter2|${account.auth.user.id}|${email}`));
  });

  test('other fields still answer', async () => {
    expect((await account.client.ask(MeDocument)).me.email).toBe(account.email);
  });

  test('a caller cannot choose the id', async () => {
    const headers = { 'request-id': 'forged', 'x-request-id': 'forged' };
    const answer = await account.client.with({ headers }).send(LoginHistoryDocument, {});
    expect(expectCode(answer, 'INTERNAL_SERVER_ERROR').requestId).not.toBe('forged');
    expect(latchkey.logs.join('')).not.toContain('forged');
  });
});
