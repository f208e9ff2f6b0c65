import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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

test('without a .env file the variables of the process count', () => {
  vi.stubEnv('LK_PROCESS', 'process');
  expect(readEnvironment(folder)).toMatchObject({ LK_PROCESS: 'process' });
});
