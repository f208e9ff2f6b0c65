import { execFile } from 'node:child_process';
import path from 'node:path';
import { cleanEnvironment, root } from './built.js';
import { freshDir } from './databases.js';

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run account -- …` or `npm run keys -- …` without npm: the built command, with these settings, in this folder. */
export async function runCli(
  command: 'account' | 'keys',
  args: string[],
  settings: Record<string, string> = {},
  { cwd }: { cwd?: string } = {},
): Promise<CliResult> {
  const folder = cwd ?? (await freshDir());
  const script = path.join(root, `dist/${command}.js`);
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: cleanEnvironment(settings) };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}
