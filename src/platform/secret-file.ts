import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';

const leastCharacters = 32;

/**
 * The secret kept in the file at `path`, without blanks around it; where there is no file, one is made with 256 random
 * bits (base64url), mode 0600, in a folder of mode 0700. Processes that start at once agree on one secret, and a crash
 * leaves a whole secret or none. A file that others may read is tightened to 0600, as copies and restored backups
 * often are looser. Throws an Error of one line that names AUTH_SECRET and the file, never its content, where the file is
 * too short or cannot be used.
 */
export async function readOrMakeSecret(path: string): Promise<string> {
  const kept = await readSecret(path);
  if (kept !== null) return kept;
  await makeSecret(path);
  const made = await readSecret(path);
  if (made === null) throw secretError(path, 'was removed while it was being made');
  return made;
}

/**
 * The secret kept in the file at `path`, as `readOrMakeSecret` reads it. Throws where there is no file: a command that made
 * one would leave a secret that opens nothing.
 */
export async function readExistingSecret(path: string): Promise<string> {
  const kept = await readSecret(path);
  if (kept === null) throw secretError(path, 'does not exist; run the command where the service runs');
  return kept;
}

/** The file is used only where the setting is left out, so that setting the variable is another way out. */
function secretError(path: string, reason: string, cause?: unknown): Error {
  return new Error(`AUTH_SECRET: is not set, and its file ${resolve(path)} ${reason}`, { cause });
}

/** The secret, or null where there is no file. */
async function readSecret(path: string): Promise<string | null> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw secretError(path, `cannot be read (${error.code})`, error);
  });
  if (!file) return null;
  try {
    await tighten(file, path);
    return wholeSecret((await file.readFile('utf8')).trim(), path);
  } finally {
    await file.close();
  }
}

async function tighten(file: FileHandle, path: string): Promise<void> {
  const stat = await file.stat();
  if (!stat.isFile()) throw secretError(path, 'is not a file');
  if ((stat.mode & 0o177) === 0) return;
  // By the open file, not by its name, which might be another file's by now.
  await file.chmod(0o600).catch((error: NodeJS.ErrnoException) => {
    throw secretError(path, `is readable by others and cannot be made mode 0600 (${error.code})`, error);
  });
}

function wholeSecret(secret: string, path: string): string {
  if (secret.length >= leastCharacters) return secret;
  throw secretError(
    path,
    `holds fewer than ${leastCharacters} characters, so it is not the secret that was kept there; restore it from a backup, since the signing keys cannot be read without it`,
  );
}

/** Makes the file unless another process is first. It gets its name only when it is whole and on the disk. */
async function makeSecret(path: string): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await makeFolder(folder);
    await writeDurably(draft, randomBytes(32).toString('base64url'));
    await linkUnlessThere(draft, path);
  } catch (error) {
    throw secretError(path, `cannot be made (${(error as NodeJS.ErrnoException).code})`, error);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  // The loser of a race waits for the disk too: it is about to encrypt keys with the winner's secret.
  await syncFolder(folder);
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncFolder(dirname(resolve(first)));
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** link(2), unlike rename(2), never replaces a file: exactly one of several processes gets the name. */
async function linkUnlessThere(draft: string, path: string): Promise<void> {
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Without it a power cut can take the file's name back. Windows has no such call for folders. */
async function syncFolder(folder: string): Promise<void> {
  if (platform() === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
