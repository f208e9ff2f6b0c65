// A refresh, beside the sum of what it cannot do without: what Apollo takes to answer, one verification, two signatures
// and one UPDATE.
import { isMe, isRefreshed, meRequests, refreshRequests, signUp, throughput } from '../load.mjs';
import { startNode } from '../processes.mjs';
import { engines } from '../stage.mjs';

export async function measure(stage, note, seconds) {
  const requests = meRequests(await stage.accounts('sqlite'));
  const apollo = await throughput(await stage.staticApollo(), requests, isMe, seconds);
  for (const engine of engines) await measureOn(engine, stage, note, seconds, 1e6 / apollo.perSecond);
}

async function measureOn(engine, stage, note, seconds, apolloUs) {
  const server = await stage.latchkey(engine);
  // New accounts each time: the answers that were under way at the end of a round are lost, and the next round would
  // present spent tokens.
  const chains = refreshRequests(await signUp(server.url, 64));
  const { perSecond, cpuUs } = await throughput(server, chains, isRefreshed, seconds);
  note(`refresh, ${engine}`, 1e6 / perSecond);
  note(`CPU of refresh, ${engine}`, cpuUs);
  const databaseUrl = await stage.databaseUrl(engine);
  const { verify, sign, update } = await startNode(['bench/baselines/refresh-parts.mjs', databaseUrl, '1']);
  note(`its parts, ${engine}`, apolloUs + verify + 2 * sign + update);
}

export const warmUp = (stage) => measure(stage, () => undefined, 1);

export const rows = engines.flatMap((engine) => [
  { value: `refresh, ${engine}`, baseline: `its parts, ${engine}`, unit: 'µs', goal: '≤ 1.5' },
  { value: `CPU of refresh, ${engine}`, unit: 'µs a request' },
]);
