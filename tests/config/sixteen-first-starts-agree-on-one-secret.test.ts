import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOrMakeSecret } from '../../src/platform/secret-file.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-secret-'));
  path = join(folder, 'data', 'secret');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process that says when it is loaded, and reads or makes the secret on a signal. */
const starter = `
  import { readOrMakeSecret } from './secret-file.js';
  process.stderr.write('ready');
  process.stdin.once('data', async () => {
    console.log(await readOrMakeSecret(process.argv[2]));
    process.stdin.destroy();
  });
`;

/** In one file of JavaScript, since each of sixteen processes would have to translate it. */
async function buildStarter(): Promise<string> {
  const outfile = join(folder, 'starter.mjs');
  const stdin = { contents: starter, resolveDir: fileURLToPath(new URL('../../src/platform', import.meta.url)) };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm' });
  return outfile;
}

test('sixteen processes that start at once make one secret', async () => {
  const file = await buildStarter();
  const starts = Array.from({ length: 16 }, () => spawn(process.execPath, [file, path], { stdio: 'pipe' }));
  const answers = starts.map((start) => text(start.stdout));
  await Promise.all(starts.map((start) => once(start.stderr, 'data')));
  for (const start of starts) start.stdin.write('go');
  const secrets = (await Promise.all(answers)).map((answer) => answer.trim());
  expect(new Set(secrets)).toEqual(new Set([secrets[0]]));
  expect(secrets[0]).toMatch(/^[\w-]{43}$/);
  expect(await readdir(join(folder, 'data'))).toEqual(['secret']);
}, 60_000);

test('64 callers in one process get one secret, and so does every later start', async () => {
  const secrets = await Promise.all(Array.from({ length: 64 }, () => readOrMakeSecret(path)));
  expect(new Set(secrets).size).toBe(1);
  expect(await readOrMakeSecret(path)).toBe(secrets[0]);
  expect((await readFile(path, 'utf8')).trim()).toBe(secrets[0]);
  expect(await readdir(join(folder, 'data'))).toEqual(['secret']);
});

test('only the owner can read the secret and its folder', async () => {
  await readOrMakeSecret(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
});

test('a secret file that others may read is kept, and made mode 0600', async () => {
  const secret = await readOrMakeSecret(path);
  await chmod(path, 0o644);
  expect(await readOrMakeSecret(path)).toBe(secret);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.each(['', '\n', 'too-little\n'])('a file that holds %j is rejected and left as it is', async (content) => {
  await mkdir(join(folder, 'data'));
  await writeFile(path, content, { mode: 0o600 });
  await expect(readOrMakeSecret(path)).rejects.toThrow(
    /^AUTH_SECRET: is not set, and its file \S+\/data\/secret holds fewer than 32 characters/,
  );
  await expect(readOrMakeSecret(path)).rejects.not.toThrow(/too-little/);
  expect(await readFile(path, 'utf8')).toBe(content);
});

test('an unfinished file that a killed process left behind is no secret', async () => {
  await mkdir(join(folder, 'data'));
  await writeFile(`${path}.0.tmp`, 'half a secr');
  expect(await readOrMakeSecret(path)).toMatch(/^[\w-]{43}$/);
});

test('a folder in place of the secret file is rejected by its name', async () => {
  await mkdir(path, { recursive: true });
  await expect(readOrMakeSecret(path)).rejects.toThrow(/^AUTH_SECRET: .*\/data\/secret is not a file/);
});
