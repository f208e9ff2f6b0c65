import { isMe, meRequests, signUp, throughput } from './load.mjs';
import { cleanUp, freshDir, pinThisProcess, startLatchkey, startNode, startPostgresql } from './processes.mjs';

pinThisProcess();
const round = +process.argv[2] || 2;
const only = process.argv[3];
const t0 = {};
try {
  const pg = await startPostgresql();
  const sqliteUrl = `file:${freshDir()}/a.db`;
  const raw = await startNode(['bench/baselines/raw-http.mjs']);
  const stat = await startNode(['bench/baselines/static-apollo.mjs']);
  const ls = await startLatchkey(sqliteUrl);
  const lp = await startLatchkey(pg.url);
  const as = await signUp(ls.url, 64),
    ap = await signUp(lp.url, 64);
  const usual = await startNode([
    '--import',
    'tsx',
    'bench/baselines/usual-stack.mjs',
    sqliteUrl,
    `${ls.url}/.well-known/jwks.json`,
  ]);
  const rows = {
    raw: [raw.url, meRequests(as)],
    static: [stat.url, meRequests(as)],
    sqlite: [ls.url, meRequests(as)],
    pg: [lp.url, meRequests(ap)],
    usual: [usual.url, meRequests(as)],
  };
  if (only) for (const k of Object.keys(rows)) if (!only.split(',').includes(k)) delete rows[k];
  for (let i = 0; i < round; i++)
    for (const [k, [u, r]] of Object.entries(rows)) {
      const v = await throughput(u, r, isMe);
      (t0[k] ??= []).push(v | 0);
      console.log(k, v | 0);
    }
} finally {
  console.log(t0);
  await cleanUp();
}
process.exit(0);
