// What a refresh cannot do without: one verification, two signatures and one UPDATE, through the same libraries and with
// nothing around them. Prints microseconds each.
import Sqlite from 'better-sqlite3';
import { generateKeyPair, jwtVerify, SignJWT } from 'jose';
import pg from 'pg';

const [databaseUrl, seconds] = [process.argv[2], Number(process.argv[3])];
const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
const payload = { iss: 'https://id.example.com', aud: 'https://id.example.com', sub: crypto.randomUUID(), gen: 1 };
const sign = () =>
  new SignJWT(payload)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'rt+jwt', kid: 'k' })
    .setExpirationTime('1h')
    .sign(privateKey);
const token = await sign();
const verify = () => jwtVerify(token, publicKey, { algorithms: ['EdDSA'], typ: 'rt+jwt' });

/** So many at a time, as many as there are connections of the load. */
async function microseconds(work, atOnce) {
  let done = 0;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  const one = async () => {
    for (; performance.now() < until; done++) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return ((performance.now() - startedAt) * 1_000) / done;
}

// The columns that a refresh changes. Each time to something else: SQLite does not write what stays as it is.
const columns = ['lastUsedAt', 'expiresAt', 'refreshIssuedAt', 'refreshJti', 'refreshKid', 'recentlySpent'];
const statement = (parameter) =>
  `UPDATE "Session" SET ${columns.map((name, i) => `"${name}" = ${parameter(i + 1)}`)} WHERE "id" = ${parameter(7)} AND "endedAt" IS NULL`;
let second = 0;

function values(ids) {
  const at = new Date(Date.now() + second++ * 1_000).toISOString();
  return [at, at, at, crypto.randomUUID(), 'a key', '[]', ids[second % ids.length]];
}

function sqliteUpdate() {
  const database = new Sqlite(databaseUrl.slice('file:'.length));
  database.pragma('synchronous = FULL');
  const ids = database.prepare('SELECT "id" FROM "Session"').pluck().all();
  const update = database.prepare(statement(() => '?'));
  return async () => update.run(...values(ids));
}

async function postgresqlUpdate() {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const ids = (await pool.query('SELECT "id" FROM "Session"')).rows.map(({ id }) => id);
  const text = statement((i) => `$${i}`);
  return () => pool.query(text, values(ids));
}

const update = databaseUrl.startsWith('file:') ? sqliteUpdate() : await postgresqlUpdate();
const parts = {
  verify: await microseconds(verify, 8),
  sign: await microseconds(sign, 8),
  update: await microseconds(update, 64),
};
console.log(JSON.stringify(parts));
process.exit(0);
