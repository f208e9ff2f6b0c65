import { spawn } from 'node:child_process';
import path from 'node:path';
import { cleanEnvironment, root } from './built.js';
import { afterwards } from './cleanup.js';
import { type Client, createClient, type Identity } from './client.js';
import { freshDir } from './databases.js';
import { createMailbox, type Mailbox } from './mailbox.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface LatchkeyProcess extends Mailbox {
  /** Resolves with its address when it listens; rejects when it ends before that. */
  listening: Promise<string>;
  /** Resolves when it has ended, by itself or not; never rejects. */
  exited: Promise<Exit>;
  pid: number;
  /** Its working folder, with `data` in it. */
  cwd: string;
  output(): { stdout: string; stderr: string };
  kill(signal?: NodeJS.Signals): void;
  /** Once it listens. */
  client(identity?: Identity): Promise<Client>;
}

/**
 * Starts the built service as an operator would, with these settings and PORT=0, in a fresh folder unless `cwd` names
 * one. It is killed after the test, or after the file where no test is running.
 */
export async function startProcess(
  settings: Record<string, string> = {},
  { cwd }: { cwd?: string } = {},
): Promise<LatchkeyProcess> {
  const folder = cwd ?? (await freshDir());
  const env = cleanEnvironment({ PORT: '0', ...settings });
  const child = spawn(process.execPath, [path.join(root, 'dist/main.js')], { cwd: folder, env });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const url = listeningUrl(output.stdout);
      if (url) resolve(url);
    });
    exited.then(({ code, stderr }) => reject(new Error(`It ended with ${code} before it listened: ${stderr}`)));
  });
  listening.catch(() => {}); // a test that expects the start to fail looks at `exited` alone
  afterwards(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    listening,
    exited,
    cwd: folder,
    pid: child.pid ?? 0,
    output: () => output,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    client: async (identity) => createClient(await listening, identity),
    ...createMailbox(path.join(folder, 'data/mail')),
  };
}

/** From the log line that says where it listens, once that line is complete. */
function listeningUrl(stdout: string): string | undefined {
  const lines = stdout
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.includes('"url"'));
  return lines.map((line) => JSON.parse(line).url as unknown).find((url) => typeof url === 'string');
}
