import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { alone } from './databases.js';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

let done: Promise<unknown> | undefined;

/** Builds dist/ if the sources are newer. Test files that need it at once build one after the other. */
export function ensureBuilt(): Promise<unknown> {
  done ??= alone('build', () =>
    promisify(execFile)(process.execPath, ['scripts/build.mjs', '--if-needed'], { cwd: root }),
  );
  return done;
}

/** The environment of a child process: what node needs, and nothing of this machine's settings. */
export function cleanEnvironment(settings: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...settings };
}
