import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { freshDir, migratedDatabaseUrl } from '../support/databases.js';
import { startLatchkey } from '../support/latchkey.js';
import { startProcess } from '../support/process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const secret = 'a secret of more than thirty-two characters';

/** Exit status 1, no address on standard output, and these lines on standard error. */
async function expectStartError(settings: Record<string, string>, lines: RegExp[], cwd?: string): Promise<string> {
  const { exited } = await startProcess(settings, cwd === undefined ? {} : { cwd });
  const { code, signal, stdout, stderr } = await exited;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(stdout).not.toContain('http');
  expect(stderr.trimEnd().split('\n')).toEqual(lines.map((line) => expect.stringMatching(line)));
  return stderr;
}

test('settings that cannot be used: a line for each, with its name, what it got and what it takes', async () => {
  const stderr = await expectStartError(
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

test('settings of the .env file that cannot be used, before anything is made', async () => {
  const cwd = await freshDir();
  await writeFile(path.join(cwd, '.env'), 'BCRYPT_COST=three\nRATE_LIMITS=maybe\n');
  await expectStartError({}, [/^BCRYPT_COST: got "three"; /, /^RATE_LIMITS: got "maybe"; /], cwd);
  expect(await readdir(cwd)).toEqual(['.env']);
});

test('a line of the .env file that cannot be read: its number, and never its value', async () => {
  const cwd = await freshDir();
  await writeFile(path.join(cwd, '.env'), 'PORT=0\nhunter2\nAUTH_SECRET=hunter2#hunter2\n');
  const stderr = await expectStartError({}, [/^\.env line 2: /, /^\.env line 3: AUTH_SECRET has a #/], cwd);
  expect(stderr).not.toContain('hunter2');
  expect(await readdir(cwd)).toEqual(['.env']);
});

test('a data folder in which the secret cannot be kept', async () => {
  const cwd = await freshDir();
  await writeFile(path.join(cwd, 'data'), 'This is a file.');
  await expectStartError(
    {},
    [/^Latchkey cannot start: AUTH_SECRET: is not set, and its file \S+\/data\/secret cannot be/],
    cwd,
  );
});

test('a name in HOST that has no address', async () => {
  await expectStartError({ HOST: 'latchkey.invalid', AUTH_SECRET: secret }, [
    /^Latchkey cannot start: HOST: got "latchkey\.invalid", which cannot be listened on \(.*\); takes /,
  ]);
});

test('an AUTH_SECRET that the keys were not encrypted with; no new keys are made', async () => {
  await using latchkey = await startLatchkey('sqlite', { AUTH_SECRET: secret });
  const { databaseUrl } = latchkey;
  await latchkey.close();
  const stderr = await expectStartError({ DATABASE_URL: databaseUrl, AUTH_SECRET: `${secret} hunter2` }, [
    /AUTH_SECRET/,
  ]);
  expect(stderr).not.toContain('hunter2');
  const database = new Sqlite(databaseUrl.replace('file:', ''), { readonly: true });
  expect(database.prepare('SELECT count(*) AS keys FROM SigningKey').get()).toEqual({ keys: 1 });
  database.close();
});

test('a port that is in use', async () => {
  const latchkey = await startLatchkey('sqlite');
  const { port } = new URL(latchkey.url);
  await expectStartError({ PORT: port, LOG_LEVEL: 'warn' }, [
    new RegExp(`^Latchkey cannot start: PORT: got "${port}", which is in use`),
  ]);
});

test('an address that this machine does not have', async () => {
  await expectStartError({ HOST: '203.0.113.9', AUTH_SECRET: secret }, [/HOST: got "203\.0\.113\.9"/]);
});

// Other files that cannot be used: platform/database/a-sqlite-file-that-cannot-be-used-is-one-line.test.ts.
test('a database file that is the database of another program', async () => {
  const file = path.join(await freshDir(), 'other');
  const other = new Sqlite(file);
  other.exec('CREATE TABLE "User" (name TEXT)');
  other.close();
  await expectStartError({ DATABASE_URL: `file:${file}`, AUTH_SECRET: secret }, [/DATABASE_URL: .*not empty/]);
});

test.runIf(existsSync('/proc/self'))('a database file whose folder cannot be made', async () => {
  await expectStartError({ DATABASE_URL: 'file:/proc/nowhere/x.db', AUTH_SECRET: secret }, [/DATABASE_URL: .*nowhere/]);
});

// Other reasons: platform/database/a-postgresql-that-cannot-be-used-is-one-line.test.ts.
test('a PostgreSQL that has no such database', async () => {
  const url = new URL(await migratedDatabaseUrl('postgresql'));
  url.pathname = '/there-is-none';
  const stderr = await expectStartError({ DATABASE_URL: url.href, AUTH_SECRET: secret }, [
    /DATABASE_URL: .*there-is-none/,
  ]);
  expect(stderr).not.toContain(url.password);
});
