// What becomes of each operation when there are more accounts; and of a node's memory when a million sessions call.
import { spawnSync } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import autocannon from 'autocannon';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { tsImport } from 'tsx/esm/api';
import { loadBcrypt } from '../src/platform/hashing/bcrypt.js';
import { addCrowd, emailOf } from './crowd.mjs';
import { ask, isMe, meQuery, password } from './load.mjs';
import {
  authSecret,
  cleanUp,
  freshDir,
  pinThisProcess,
  startLatchkey,
  startPostgresql,
  tokenIssuer,
} from './processes.mjs';
import { median } from './report.mjs';

const sizes = [1_000, 100_000, 1_000_000];
const rounds = 15;
const usersPerRound = 30;
const operations = ['login', 'me', 'activeSessions', 'loginHistory', 'refresh'];

const queries = {
  login: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }',
  me: meQuery,
  activeSessions: '{ activeSessions { id createdAt lastUsedAt current } }',
  loginHistory: '{ loginHistory(first: 20) { nodes { at failure } pageInfo { hasNextPage } } }',
  refresh: 'mutation ($token: String!) { refresh(refreshToken: $token) { accessToken } }',
};

/** One account's way through all operations, one after the other; each token is seen for the first time. */
async function walk({ url, count, took }) {
  const timed = async (name, variables, accessToken) => {
    const startedAt = performance.now();
    const answer = await ask(url, queries[name], variables, accessToken);
    took[name].push(performance.now() - startedAt);
    return answer[name];
  };
  const input = { email: emailOf(Math.floor(Math.random() * count)), password };
  const { accessToken, refreshToken } = await timed('login', { input });
  for (const name of ['me', 'activeSessions', 'loginHistory']) await timed(name, {}, accessToken);
  await timed('refresh', { token: refreshToken });
}

async function freshUrl(engine, count, cluster) {
  if (engine === 'sqlite') return `file:${freshDir()}/latchkey.db`;
  const admin = new pg.Client(cluster);
  await admin.connect();
  await admin.query(`CREATE DATABASE growth_${count}`);
  await admin.end();
  return new URL(`/growth_${count}`, cluster).href;
}

async function openStage(engine, count, cluster) {
  const databaseUrl = await freshUrl(engine, count, cluster);
  await (await startLatchkey(databaseUrl)).stop(); // which migrates it
  const startedAt = Date.now();
  await addCrowd(databaseUrl, count);
  console.error(`${engine}: ${count} accounts in ${Math.round((Date.now() - startedAt) / 1_000)} s`);
  const server = await startLatchkey(databaseUrl);
  return { engine, count, databaseUrl, ...server, took: Object.fromEntries(operations.map((name) => [name, []])) };
}

/** The work of a login that no database changes, in ms. */
function hashingMs() {
  const bcrypt = loadBcrypt();
  const hash = bcrypt.hashSync(password, 4);
  const once = () => {
    const startedAt = performance.now();
    bcrypt.compareSync(password, hash);
    return performance.now() - startedAt;
  };
  return median(Array.from({ length: 50 }, once));
}

/** In turns, so that what happens to the machine happens to all sizes. */
async function measure(stages) {
  for (let round = -1; round < rounds; round++) {
    for (const stage of stages) {
      for (let i = 0; i < usersPerRound; i++) await walk(stage);
      if (round < 0) for (const name of operations) stage.took[name].length = 0;
    }
  }
  const hashing = hashingMs();
  return operations.map((name) => {
    const p50 = stages.map(({ took }) => median(took[name]) - (name === 'login' ? hashing : 0));
    return { engine: stages[0].engine, operation: name, p50, growth: p50.at(-1) / p50[0] };
  });
}

const megabytes = ({ pid }) => Math.round(Number(spawnSync('ps', ['-o', 'rss=', '-p', pid]).stdout) / 1_024);

/** Access tokens for the sessions of this SQLite database, signed with the key in it. */
async function* accessTokens(databaseUrl) {
  const { createKeyVault } = await tsImport('../src/features/keys/key-vault.ts', import.meta.url);
  const database = new Sqlite(databaseUrl.slice('file:'.length), { readonly: true });
  const { id: kid, privateJwe } = database.prepare('SELECT * FROM "SigningKey"').get();
  const key = createPrivateKey({ key: await (await createKeyVault(authSecret)).open(privateJwe), format: 'jwk' });
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1_000);
  const always = { iss: tokenIssuer, aud: tokenIssuer, client_id: 'latchkey', iat, exp: iat + 3_600, auth_time: iat };
  for (const { id, userId } of database.prepare('SELECT "id", "userId" FROM "Session"').iterate()) {
    const claims = { ...always, sub: userId, sid: id, jti: id };
    const signed = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid })}.${encode(claims)}`;
    yield `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
  }
}

/** The next so many sessions call `me`, each for the first time. */
async function firstCalls(url, tokens, amount) {
  const batch = [];
  while (batch.length < amount) batch.push((await tokens.next()).value);
  let wrong = 0;
  const setupRequest = (request) => ({
    ...request,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${batch.pop()}` },
  });
  const result = await autocannon({
    url: `${url}/graphql`,
    connections: 64,
    amount,
    timeout: 30,
    requests: [{ method: 'POST', body: JSON.stringify({ query: meQuery }), setupRequest }],
    setupClient: (client) => client.on('body', (body) => (wrong += isMe(body) ? 0 : 1)),
  });
  if (wrong || result.non2xx || result.errors)
    throw new Error(`${wrong} wrong, ${result.non2xx} rejected, ${result.errors} lost`);
}

async function measureMemory({ databaseUrl }) {
  const server = await startLatchkey(databaseUrl);
  const tokens = accessTokens(databaseUrl);
  const memory = [{ sessionsSeen: 0, megabytes: megabytes(server) }];
  for (let seen = 0; seen < 1_000_000; ) {
    for (let step = 0; step < 5; step++) await firstCalls(server.url, tokens, 20_000);
    seen += 100_000;
    memory.push({ sessionsSeen: seen, megabytes: megabytes(server) });
    console.error(`${seen} sessions seen: ${memory.at(-1).megabytes} MB`);
  }
  await server.stop();
  return memory;
}

function printTable(rows) {
  console.log(
    `| p50 in ms with so many accounts | ${sizes.map((n) => n.toLocaleString('en')).join(' | ')} | growth | wanted |`,
  );
  console.log(`| --- | ${sizes.map(() => '---').join(' | ')} | --- | --- |`);
  for (const { engine, operation, p50, growth } of rows) {
    const what = operation === 'login' ? 'login, less hashing' : operation;
    console.log(
      `| ${what}, ${engine} | ${p50.map((ms) => ms.toFixed(2)).join(' | ')} | ${growth.toFixed(2)} | ≤ 1.3 |`,
    );
  }
}

function printMemory(memory) {
  const [first, last] = [memory[0], memory.at(-1)];
  const peak = Math.max(...memory.map((each) => each.megabytes));
  console.log(`Memory: ${first.megabytes} MB idle, ${last.megabytes} MB after a million sessions; at most ${peak} MB.`);
}

pinThisProcess();
try {
  const rows = [];
  const { url: cluster } = await startPostgresql();
  let largest;
  for (const engine of ['sqlite', 'postgresql']) {
    const stages = [];
    for (const count of sizes) stages.push(await openStage(engine, count, cluster));
    rows.push(...(await measure(stages)));
    for (const { stop } of stages) await stop();
    if (engine === 'sqlite') largest = stages.at(-1);
  }
  printTable(rows);
  const memory = await measureMemory(largest);
  printMemory(memory);
  writeFileSync(new URL('growth.json', import.meta.url), JSON.stringify({ rows, memory }, null, 2));
} finally {
  await cleanUp();
}
process.exit(0);
