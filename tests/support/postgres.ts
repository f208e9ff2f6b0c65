import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface PostgresServer {
  /** The superuser's address of the database `postgres`. */
  url: string;
  /** The postmaster's, for tests that kill it. */
  pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a PostgreSQL from the binaries of an npm package. It ends with this process at the latest, however that ends. */
export async function startPostgres(): Promise<PostgresServer> {
  const script = fileURLToPath(new URL('./postgres-keeper.mjs', import.meta.url));
  // A session of its own, so that Ctrl-C reaches the test run alone, which then ends the keeper by closing its input.
  const keeper = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const ended = once(keeper, 'exit');
  const [line] = await Promise.race([
    once(createInterface(keeper.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('PostgreSQL did not start; see above.'))),
  ]);
  const stop = async () => {
    keeper.stdin.end();
    await ended;
  };
  return { ...JSON.parse(line), stop };
}
