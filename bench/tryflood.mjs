import { cleanUp, freshDir, startPostgresql } from './processes.mjs';
import { floodRound } from './flood.mjs';
try { const pg = process.argv[2]==='pg' ? (await startPostgresql()).url : null;
for (let i=0;i<2;i++) console.log(await floodRound(pg ?? `file:${freshDir()}/a.db`, 5)); } finally { await cleanUp(); } process.exit(0);
