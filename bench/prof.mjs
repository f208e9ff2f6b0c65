import { isMe, meRequests, signUp, throughput } from './load.mjs';
import { cleanUp, freshDir, pinThisProcess, startLatchkey, startNode, startPostgresql } from './processes.mjs';

pinThisProcess();
try {
  const engine = process.argv[2];
  const url = engine === 'pg' ? (await startPostgresql()).url : `file:${freshDir()}/a.db`;
  const ls = await startLatchkey(url, { nodeArgs: ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] });
  const as = await signUp(ls.url, 64);
  console.log(await throughput(ls.url, meRequests(as), isMe, 6));
  await ls.stop();
} finally {
  await cleanUp();
}
process.exit(0);
