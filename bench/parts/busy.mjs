// A login at cost 13 on a machine whose every core is kept busy by another process. Asked for by name alone: it says whether
// the priority of the hashing threads is high enough, and what it says depends on the machine.
import { availableParallelism } from 'node:os';
import { ask, login, signUp } from '../load.mjs';
import { startLatchkey, startNode } from '../processes.mjs';

const logins = 4;

export async function measure(stage, note) {
  const server = await startLatchkey(await stage.databaseUrl('sqlite'), { on: 'all', env: { BCRYPT_COST: '13' } });
  const [{ email, password }] = await signUp(server.url, 1);
  const slowest = async () => {
    const taken = [];
    for (let i = 0; i < logins; i++) {
      const startedAt = performance.now();
      await ask(server.url, login, { input: { email, password } });
      taken.push(performance.now() - startedAt);
    }
    return Math.max(...taken);
  };
  note('login at cost 13, the slowest of four', await slowest());
  const burn = ['-e', 'console.log("{}"); for (;;);'];
  const busy = await Promise.all(Array.from({ length: availableParallelism() }, () => startNode(burn, { on: 'all' })));
  note('login at cost 13 beside busy processes, the slowest of four', await slowest());
  for (const { child } of busy) child.kill('SIGKILL');
  await server.stop();
}

export const rows = [
  {
    value: 'login at cost 13 beside busy processes, the slowest of four',
    baseline: 'login at cost 13, the slowest of four',
    unit: 'ms',
    goal: 'under 5,000 ms',
  },
];
