// A check of a session, beside servers that check less or know the answer.
import { isMe, meRequests, throughput } from '../load.mjs';
import { engines } from '../stage.mjs';

export async function measure(stage, note, seconds) {
  const measureOne = async (name, server, engine) => {
    const requests = meRequests(await stage.accounts(engine));
    const { perSecond, cpuUs } = await throughput(await server, requests, isMe, seconds);
    note(`me, ${name}`, perSecond);
    note(`CPU of me, ${name}`, cpuUs);
  };
  await measureOne('raw HTTP', stage.rawHttp(), 'sqlite');
  await measureOne('static Apollo', stage.staticApollo(), 'sqlite');
  for (const engine of engines) {
    await measureOne(engine, stage.latchkey(engine), engine);
    await measureOne(`the usual stack, ${engine}`, stage.usualStack(engine), engine);
  }
}

export const warmUp = (stage) => measure(stage, () => undefined, 1);

export const rows = engines.flatMap((engine) => [
  { value: `CPU of me, ${engine}`, baseline: 'CPU of me, static Apollo', unit: 'µs a request', goal: '≤ 1.1' },
  { value: `me, ${engine}`, baseline: 'me, static Apollo', unit: 'a second', goal: '≥ 0.9' },
  { value: `me, ${engine}`, baseline: 'me, raw HTTP', unit: 'a second' },
  { value: `me, ${engine}`, baseline: `me, the usual stack, ${engine}`, unit: 'a second' },
]);
