import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.js';
import { freshDir } from '../support/databases.js';

test.each([
  ['account', 'list'],
  ['keys', 'rotate'],
] as const)('%s %s in a folder without a database makes neither a database nor a secret', async (program, command) => {
  const cwd = await freshDir();
  const { code, stdout, stderr } = await runCli(program, [command], {}, { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^DATABASE_URL: [^\n]*\n$/);
  expect(readdirSync(cwd)).toEqual([]);
});
