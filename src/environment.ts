import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './config.js';

/**
 * The variables of the process, and under them those of the `.env` file in `cwd`: a variable that the process has,
 * even an empty one, wins. No file is fine; one that cannot be read is a ConfigError.
 */
export function readEnvironment(cwd: string = process.cwd()): Record<string, string | undefined> {
  return { ...readEnvFile(join(cwd, '.env')), ...process.env };
}

function readEnvFile(path: string): Record<string, string | undefined> {
  try {
    // Editors on Windows begin a file with a byte order mark, which would become part of the first name.
    return parseEnv(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return {};
    throw new ConfigError([`.env: cannot be read (${code ?? 'fault'}): ${path}`]);
  }
}
