// A queue of logins that is always full, beside threads that do nothing but bcrypt; and `me` in that flood, beside `me` alone.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isMe, login, meQuery, signUp } from '../load.mjs';
import { startLatchkey, startNode } from '../processes.mjs';
import { engines } from '../stage.mjs';

const cost = 10;
const inFlight = 24;

export async function measure(stage, note, seconds) {
  for (const name of ['bcrypt', 'bcryptjs']) {
    const args = ['bench/baselines/bcrypt-threads.mjs', name, String(cost), String(seconds)];
    const { perSecond } = await startNode(args, { on: 'all' });
    if (perSecond !== null) note(`bare ${name} threads`, perSecond);
  }
  for (const engine of engines) await measureOn(await stage.databaseUrl(engine), engine, note, seconds);
}

async function measureOn(databaseUrl, engine, note, seconds) {
  const server = await startLatchkey(databaseUrl, { on: 'all', env: { BCRYPT_COST: String(cost) } });
  const [caller, user] = await signUp(server.url, 2);
  await meP99(server.url, caller.accessToken, 1);
  note(`p99 of me alone, ${engine}`, await meP99(server.url, caller.accessToken, seconds));
  const flood = startFlood(server.url, user);
  await sleep(1_000);
  await server.inside();
  note(`p99 of me in a flood, ${engine}`, await meP99(server.url, caller.accessToken, seconds));
  note(`p99 of the event loop's lag, ${engine}`, (await server.inside()).lagP99Ms);
  note(`logins, ${engine}`, await flood.perSecond(seconds));
  await flood.stop();
  await server.stop();
}

/** The p99 of `me` in ms, asked by one caller every few milliseconds over one connection. */
async function meP99(url, accessToken, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken = [];
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; await sleep(4)) {
    const startedAt = performance.now();
    if (!isMe(await post(url, agent, accessToken))) throw new Error('me was answered with an error.');
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

/** Keeps so many logins in flight until `stop` is called; `perSecond` counts those that succeed while it sleeps. */
function startFlood(url, { email, password }) {
  let running = true;
  let succeeded = 0;
  async function one() {
    try {
      await ask(url, login, { input: { email, password } });
      succeeded++;
    } catch (error) {
      // A machine so slow that they would not all be answered in time.
      if (!error.message.startsWith('SERVICE_UNAVAILABLE')) throw error;
      await sleep(200);
    }
  }
  const all = Array.from({ length: inFlight }, async () => {
    while (running) await one();
  });
  return {
    async perSecond(seconds) {
      const [before, startedAt] = [succeeded, performance.now()];
      await sleep(seconds * 1_000);
      return (succeeded - before) / ((performance.now() - startedAt) / 1_000);
    },
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}

export const rows = engines.flatMap((engine) => [
  {
    value: `p99 of me in a flood, ${engine}`,
    baseline: `p99 of me alone, ${engine}`,
    unit: 'ms',
    goal: '≤ 1.5',
  },
  { value: `p99 of the event loop's lag, ${engine}`, unit: 'ms', goal: 'under 20' },
  { value: `logins, ${engine}`, baseline: 'bare bcrypt threads', unit: 'a second', goal: '≥ 0.95' },
  { value: `logins, ${engine}`, baseline: 'bare bcryptjs threads', unit: 'a second', goal: '≥ 0.9' },
]);
