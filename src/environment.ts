import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.js';
import { readEnvFile } from './platform/settings/env-file.js';

/**
 * The variables of the process, and under them those of the `.env` file in `cwd`: a variable that the process has,
 * even an empty one, wins. No file is fine. Throws a ConfigError where the file, or a line of it, cannot be read.
 */
export function readEnvironment(cwd: string = process.cwd()): Record<string, string | undefined> {
  return { ...fromFile(join(cwd, '.env')), ...process.env };
}

function fromFile(path: string): Record<string, string> {
  const content = contentOf(path);
  if (!content) return {};
  const { values, errors } = readEnvFile(content);
  if (errors.length > 0) throw new ConfigError(errors);
  return values;
}

/** Null where there is no file. */
function contentOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    throw new ConfigError([`.env: cannot be read (${code ?? 'error'}): ${path}`]);
  }
}
