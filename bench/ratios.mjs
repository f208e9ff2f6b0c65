// Latchkey beside its baselines, in one run, on one machine, as ratios. Several rounds, in turns, so that
// a machine that grows tired does so for all. Prints a table, and writes it as JSON to bench/results.json.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { floodRound } from './flood.mjs';
import { isMe, isRefreshed, median, meRequests, refreshRequests, signUp, throughput } from './load.mjs';
import {
  cleanUp,
  freshDir,
  pinThisProcess,
  placement,
  startLatchkey,
  startNode,
  startPostgresql,
} from './processes.mjs';

const rounds = 5;
const seconds = 3;
const engines = ['sqlite', 'postgresql'];
const figures = {};

function note(name, value) {
  figures[name] ??= [];
  figures[name].push(value);
}

/** The ratio of each round by itself, since a slow round is slow for both. */
function ratios(name, base) {
  return figures[name].map((value, round) => value / figures[base][round]);
}

async function openStage() {
  const urls = { sqlite: `file:${freshDir()}/latchkey.db`, postgresql: (await startPostgresql()).url };
  const stage = { urls, servers: {}, accounts: {} };
  for (const engine of engines) {
    stage.servers[engine] = await startLatchkey(urls[engine]);
    stage.accounts[engine] = await signUp(stage.servers[engine].url, 64);
    const jwks = `${stage.servers[engine].url}/.well-known/jwks.json`;
    const usual = ['--import', 'tsx', 'bench/baselines/usual-stack.mjs', urls[engine], jwks];
    stage.servers[`usual ${engine}`] = await startNode(usual);
  }
  stage.servers.raw = await startNode(['bench/baselines/raw-http.mjs']);
  stage.servers.static = await startNode(['bench/baselines/static-apollo.mjs']);
  return stage;
}

async function measureMe({ servers, accounts }, record) {
  for (const name of ['raw', 'static', ...engines, ...engines.map((engine) => `usual ${engine}`)]) {
    const engine = engines.find((each) => name.endsWith(each)) ?? 'sqlite';
    const perSecond = await throughput(servers[name].url, meRequests(accounts[engine]), isMe, seconds);
    record(`me, ${name}`, perSecond);
  }
}

async function measureRefresh({ servers, urls }, record) {
  for (const engine of engines) {
    const { url } = servers[engine];
    // New ones each time: the answer that nobody waited for at the end of a round would make the next one reuse.
    const chains = refreshRequests(await signUp(url, 64));
    record(`refresh, ${engine}`, 1e6 / (await throughput(url, chains, isRefreshed, seconds)));
    const { verify, sign, update } = await startNode(['bench/baselines/refresh-parts.mjs', urls[engine], '1']);
    record(`UPDATE, ${engine}`, update);
    record(`parts, ${engine}`, 1e6 / figures['me, static'].at(-1) + verify + 2 * sign + update);
  }
}

async function measureFlood({ urls }, record) {
  for (const engine of engines) {
    const flood = await floodRound(urls[engine], seconds);
    for (const [name, value] of Object.entries(flood)) record(`flood ${name}, ${engine}`, value);
  }
}

const table = [];

function row(what, unit, name, base, wanted) {
  const all = ratios(name, base);
  const spread = `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`;
  const [value, baseline] = [median(figures[name]), median(figures[base])];
  table.push({ what, unit, value, baseline, ratio: median(all), spread, wanted });
}

function fillTable() {
  for (const engine of engines) {
    row(`me, ${engine} : static Apollo`, 'a second', `me, ${engine}`, 'me, static', '≥ 0.9');
    row(`me, ${engine} : raw HTTP`, 'a second', `me, ${engine}`, 'me, raw', '');
    row(`me, ${engine} : the usual stack`, 'a second', `me, ${engine}`, `me, usual ${engine}`, '');
    row(`refresh, ${engine} : its parts`, 'µs', `refresh, ${engine}`, `parts, ${engine}`, '≤ 1.5');
    row(`p99 of me in a flood, ${engine} : alone`, 'ms', `flood flooded, ${engine}`, `flood alone, ${engine}`, '≤ 1.5');
    const bare = `flood barePerSecond, ${engine}`;
    row(`logins, ${engine} : bare bcryptjs threads`, 'a second', `flood loginsPerSecond, ${engine}`, bare, '≥ 0.9');
  }
}

function print() {
  console.log('| what : baseline | unit | Latchkey | baseline | ratio | spread | wanted |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const short = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
  for (const { what, unit, value, baseline, ratio, spread, wanted } of table) {
    console.log(
      `| ${what} | ${unit} | ${short(value)} | ${short(baseline)} | ${ratio.toFixed(2)} | ${spread} | ${wanted} |`,
    );
  }
  for (const engine of engines) {
    const lag = median(figures[`flood lag, ${engine}`]);
    console.log(`Event loop's lag in the flood, p99, ${engine}: ${lag.toFixed(1)} ms (wanted: under 20)`);
  }
}

pinThisProcess();
const startedAt = Date.now();
try {
  const stage = await openStage();
  // The first round warms everybody up, and counts for nothing.
  await measureMe(stage, () => undefined);
  for (let round = 0; round < rounds; round++) {
    console.error(`round ${round + 1} of ${rounds}`);
    await measureMe(stage, note);
    await measureRefresh(stage, note);
  }
  for (let round = 0; round < rounds; round++) await measureFlood(stage, note);
  fillTable();
  print();
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${placement}`;
  console.log(
    `${machine}; ${rounds} rounds of ${seconds} s; ${Math.round((Date.now() - startedAt) / 1_000)} s in all.`,
  );
  writeFileSync(new URL('results.json', import.meta.url), JSON.stringify({ machine, table, figures }, null, 2));
} finally {
  await cleanUp();
}
process.exit(0);
