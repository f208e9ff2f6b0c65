// What the parts of the bench share: databases, servers and accounts, each opened by the first part that needs it.
import { signUp } from './load.mjs';
import { freshDir, startBaseline, startLatchkey, startPostgresql } from './processes.mjs';

export const engines = ['sqlite', 'postgresql'];

/** Remembers what `open` returned for each key. */
function once(open) {
  const opened = new Map();
  return (key) => {
    if (!opened.has(key)) opened.set(key, open(key));
    return opened.get(key);
  };
}

export function createStage() {
  const databaseUrl = once(async (engine) =>
    engine === 'sqlite' ? `file:${freshDir()}/latchkey.db` : (await startPostgresql()).url,
  );
  const latchkey = once(async (engine) => startLatchkey(await databaseUrl(engine)));
  const accounts = once(async (engine) => signUp((await latchkey(engine)).url, 64));
  const usualStack = once(async (engine) => {
    const jwks = `${(await latchkey(engine)).url}/.well-known/jwks.json`;
    return startBaseline(['--import', 'tsx', 'bench/baselines/usual-stack.mjs', await databaseUrl(engine), jwks]);
  });
  const rawHttp = once(() => startBaseline(['bench/baselines/raw-http.mjs']));
  const staticApollo = once(() => startBaseline(['bench/baselines/static-apollo.mjs']));
  return { databaseUrl, latchkey, accounts, usualStack, rawHttp, staticApollo };
}
