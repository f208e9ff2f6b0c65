// A queue of logins that is always full, and what becomes of everybody else meanwhile.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isMe, meQuery, signUp } from './load.mjs';
import { startLatchkey, startNode } from './processes.mjs';

const cost = 10;
const inFlight = 24;

/** The p99 of `me` in ms, asked by one caller every few milliseconds over one connection. */
async function meP99(url, accessToken, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken = [];
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; await sleep(4)) {
    const startedAt = performance.now();
    if (!isMe(await post(url, agent, accessToken))) throw new Error('me was refused');
    taken.push(performance.now() - startedAt);
  }
  agent.destroy();
  return taken.sort((a, b) => a - b)[Math.floor(taken.length * 0.99)];
}

async function post(url, agent, accessToken) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
  const asked = request(`${url}/graphql`, { method: 'POST', agent, headers });
  asked.end(JSON.stringify({ query: meQuery }));
  const [response] = await once(asked, 'response');
  return (await response.toArray()).join('');
}

const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';

/** Keeps so many logins in flight until `stop` is called; `perSecond` counts those that succeed while it sleeps. */
function floodOfLogins(url, { email, password }) {
  let running = true;
  let succeeded = 0;
  const one = async () => {
    while (running) {
      await ask(url, login, { input: { email, password } });
      succeeded++;
    }
  };
  const all = Array.from({ length: inFlight }, one);
  return {
    async perSecond(seconds) {
      const before = succeeded;
      await sleep(seconds * 1_000);
      return (succeeded - before) / seconds;
    },
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}

async function lagP99(server) {
  const line = once(createInterface(server.child.stdout), 'line');
  server.child.kill('SIGUSR2');
  return JSON.parse((await line)[0]).lagP99Ms;
}

/** One round: `me` alone, `me` in the flood, the logins of the flood, and what bare threads hash on the same cores. */
export async function floodRound(databaseUrl, seconds) {
  const nodeArgs = ['--import', new URL('./loop-lag.mjs', import.meta.url).href];
  const server = await startLatchkey(databaseUrl, { nodeArgs, on: 'all', env: { BCRYPT_COST: String(cost) } });
  const [caller, crowd] = await signUp(server.url, 2);
  await meP99(server.url, caller.accessToken, 1);
  const alone = await meP99(server.url, caller.accessToken, seconds);
  const flood = floodOfLogins(server.url, crowd);
  await sleep(1_000);
  await lagP99(server);
  const flooded = await meP99(server.url, caller.accessToken, seconds);
  const lag = await lagP99(server);
  const loginsPerSecond = await flood.perSecond(seconds);
  await flood.stop();
  await server.stop();
  const bare = await startNode(['bench/baselines/bcrypt-threads.mjs', String(cost), String(seconds)], { on: 'all' });
  return { alone, flooded, lag, loginsPerSecond, barePerSecond: bare.perSecond };
}
