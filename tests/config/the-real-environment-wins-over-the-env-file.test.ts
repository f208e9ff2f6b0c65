import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { readEnvironment } from '../../src/environment.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-env-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

test('a variable of the process wins over the file, even an empty one', async () => {
  await writeFile(join(folder, '.env'), 'LK_FILE=file\nLK_BOTH=file\nLK_EMPTY=file\n');
  vi.stubEnv('LK_BOTH', 'process');
  vi.stubEnv('LK_EMPTY', '');
  expect(readEnvironment(folder)).toMatchObject({ LK_FILE: 'file', LK_BOTH: 'process', LK_EMPTY: '' });
});

test('quotes, comments and a byte order mark are read as elsewhere', async () => {
  await writeFile(join(folder, '.env'), '\uFEFFLK_FIRST=1\n# comment\nLK_QUOTED="a # b"\n');
  expect(readEnvironment(folder)).toMatchObject({ LK_FIRST: '1', LK_QUOTED: 'a # b' });
});

test('no file is fine', () => {
  vi.stubEnv('LK_PROCESS', 'process');
  expect(readEnvironment(folder)).toMatchObject({ LK_PROCESS: 'process' });
});

test('a file that cannot be read is a fault of one line', async () => {
  await mkdir(join(folder, '.env'));
  expect(() => readEnvironment(folder)).toThrow(ConfigError);
  expect(() => readEnvironment(folder)).toThrow(/^\.env: cannot be read \(EISDIR\)/);
});
