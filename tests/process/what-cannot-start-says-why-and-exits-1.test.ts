import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { freshDir, migratedDatabaseUrl } from '../support/databases.js';
import { startLatchkey } from '../support/latchkey.js';
import { startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const secret = 'a secret of more than thirty-two characters';

/** Exit status 1, no address on standard output, and these lines on standard error. */
async function expectRefusal(settings: Record<string, string>, lines: RegExp[], cwd?: string): Promise<string> {
  const { exited } = await startProcess(settings, cwd === undefined ? {} : { cwd });
  const { code, signal, stdout, stderr } = await exited;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(stdout).not.toContain('http');
  expect(stderr.trimEnd().split('\n')).toEqual(lines.map((line) => expect.stringMatching(line)));
  return stderr;
}

test('settings: a line for each, with its name, what it got and what it takes', async () => {
  const stderr = await expectRefusal(
    {
      PORT: '70000',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      AUTH_SECRET: 'hunter2 and so on',
      ACCESS_TOKEN_TTL: '15',
      BCRYPT_COST: '31',
      TRUST_PROXY: 'true',
      CORS_ORIGINS: '*',
      LOG_LEVEL: 'loud',
      SMTP_URL: 'smtp://u:hunter2@mail@x y',
      REQUIRE_VERIFIED_EMAIL: 'yes',
    },
    [
      /^PORT: got "70000"; takes /,
      /^DATABASE_URL: got "mysql:\/\/root:\*\*\*@db\/x"; takes /,
      /^AUTH_SECRET: got a value that is not repeated here; takes at least 32 characters$/,
      /^ACCESS_TOKEN_TTL: got "15"; takes /,
      /^BCRYPT_COST: got "31"; takes /,
      /^REQUIRE_VERIFIED_EMAIL: got "yes"; takes /,
      /^SMTP_URL: got .*; takes /,
      /^CORS_ORIGINS: got "\*"; takes /,
      /^TRUST_PROXY: got "true"; takes /,
      /^LOG_LEVEL: got "loud"; takes /,
    ],
  );
  expect(stderr).not.toContain('hunter2');
});

test('faults of the .env file, and that nothing was made before they were found', async () => {
  const cwd = await freshDir();
  await writeFile(path.join(cwd, '.env'), 'BCRYPT_COST=three\nRATE_LIMITS=maybe\n');
  await expectRefusal({}, [/^BCRYPT_COST: got "three"; /, /^RATE_LIMITS: got "maybe"; /], cwd);
  expect(await readdir(cwd)).toEqual(['.env']);
});

test('another AUTH_SECRET than the keys were encrypted with, and makes no new keys', async () => {
  await using latchkey = await startLatchkey('sqlite', { AUTH_SECRET: secret });
  const { databaseUrl } = latchkey;
  await latchkey.close();
  const stderr = await expectRefusal({ DATABASE_URL: databaseUrl, AUTH_SECRET: `${secret} hunter2` }, [/AUTH_SECRET/]);
  expect(stderr).not.toContain('hunter2');
  const database = new Sqlite(databaseUrl.replace('file:', ''), { readonly: true });
  expect(database.prepare('SELECT count(*) AS keys FROM SigningKey').get()).toEqual({ keys: 1 });
  database.close();
});

test('a port that is taken', async () => {
  const latchkey = await startLatchkey('sqlite');
  const { port } = new URL(latchkey.url);
  await expectRefusal({ PORT: port, LOG_LEVEL: 'warn' }, [new RegExp(`^Latchkey cannot start: .*${port}`)]);
});

test('an address that this machine does not have', async () => {
  await expectRefusal({ HOST: '203.0.113.9', AUTH_SECRET: secret }, [/HOST: got "203\.0\.113\.9"/]);
});

test('a database that is none: a folder, a text file, one of another program', async () => {
  const folder = await freshDir();
  await mkdir(path.join(folder, 'database'));
  await writeFile(path.join(folder, 'text'), 'This is no database, however long it may be. '.repeat(100));
  const other = new Sqlite(path.join(folder, 'other'));
  other.exec('CREATE TABLE "User" (name TEXT)');
  other.close();
  const reasons = { database: /DATABASE_URL: .*\/database/, text: /DATABASE_URL: .*\/text/, other: /not empty/ };
  const refusals = Object.entries(reasons).map(([name, reason]) =>
    expectRefusal({ DATABASE_URL: `file:${folder}/${name}`, AUTH_SECRET: secret }, [reason]),
  );
  await Promise.all(refusals);
});

test.runIf(existsSync('/proc/self'))('a database where no folder can be made', async () => {
  await expectRefusal({ DATABASE_URL: 'file:/proc/nowhere/x.db', AUTH_SECRET: secret }, [/DATABASE_URL: .*nowhere/]);
});

test('a PostgreSQL that knows neither the name nor the database', async () => {
  const url = new URL(await migratedDatabaseUrl('postgresql'));
  const password = url.password;
  url.pathname = '/there-is-none';
  const nowhere = expectRefusal({ DATABASE_URL: url.href, AUTH_SECRET: secret }, [/DATABASE_URL: .*there-is-none/]);
  url.password = 'hunter2';
  const nobody = expectRefusal({ DATABASE_URL: url.href, AUTH_SECRET: secret }, [/DATABASE_URL: ./]);
  expect((await Promise.all([nowhere, nobody])).join()).not.toMatch(new RegExp(`${password}|hunter2`));
});
