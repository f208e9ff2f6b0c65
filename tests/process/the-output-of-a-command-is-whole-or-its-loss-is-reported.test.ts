import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import Sqlite from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { cleanEnvironment, root } from '../support/built.js';
import { freshDir } from '../support/databases.js';
import { startLatchkey, testSettings } from '../support/latchkey.js';

vi.setConfig({ testTimeout: 60_000 });

/** Runs a command line of the shell, in which `$account` and `$keys` are the operator's commands. */
async function runShell(line: string, settings: Record<string, string> = {}) {
  const [account, keys] = ['account', 'keys'].map(
    (name) => `${process.execPath} ${path.join(root, `dist/${name}.js`)}`,
  );
  const env = cleanEnvironment({ account: account ?? '', keys: keys ?? '', ...settings });
  const shell = spawn('sh', ['-c', line], { cwd: await freshDir(), env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')]);
  return { code, stdout, stderr };
}

test('a reader that is slow gets every line', async () => {
  await using latchkey = await startLatchkey('sqlite');
  await latchkey.newAccount();
  const count = 1_000; // more than the 64 kB that a pipe holds
  addCopies(latchkey.databaseUrl, count - 1);
  const settings = { ...testSettings, DATABASE_URL: latchkey.databaseUrl };
  const { stdout, stderr } = await runShell('$account list | (sleep 2; cat)', settings);
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toHaveLength(count);
  expect(stdout).toMatch(/Z\n$/);
});

/** Copies the one account of the database, whatever columns it has. */
function addCopies(databaseUrl: string, count: number): void {
  const database = new Sqlite(databaseUrl.replace('file:', ''));
  database.exec('BEGIN; CREATE TEMP TABLE copy AS SELECT * FROM User');
  for (let i = 0; i < count; i++) {
    database.exec(`UPDATE copy SET id = '${randomUUID()}', email = '${i}@${'x'.repeat(60)}.example'`);
    database.exec('INSERT INTO User SELECT * FROM copy');
  }
  database.exec('COMMIT');
  database.close();
}

test('a reader that has gone is no error', async () => {
  await using latchkey = await startLatchkey('sqlite');
  const settings = { ...testSettings, DATABASE_URL: latchkey.databaseUrl };
  const result = await runShell('{ $keys list; echo "status $?" >&2; } | true', settings);
  expect(result).toEqual({ code: 0, stdout: '', stderr: 'status 0\n' });
});

test.runIf(existsSync('/dev/full'))('a full disk is an error of one line', async () => {
  await using latchkey = await startLatchkey('sqlite');
  const settings = { ...testSettings, DATABASE_URL: latchkey.databaseUrl };
  const result = await runShell('$keys list > /dev/full', settings);
  expect(result).toEqual({ code: 1, stdout: '', stderr: 'Standard output cannot be written (ENOSPC).\n' });
});

test.runIf(existsSync('/dev/full'))('the exit status is right where standard error cannot be written', async () => {
  const result = await runShell('$keys nonsense 2> /dev/full; echo $?; PORT=x $keys list 2> /dev/full; echo $?');
  expect(result).toEqual({ code: 0, stdout: '2\n1\n', stderr: '' });
});
