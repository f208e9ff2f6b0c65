// Many accounts at once, written past Latchkey into a database that it has migrated.
import bcrypt from 'bcryptjs';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { v7 } from 'uuid';
import { password } from './load.mjs';

export const emailOf = (i) => `crowd-${i}@example.com`;

const sessionsEach = 3;
const day = 86_400_000;
const passwordHash = bcrypt.hashSync(password, 4);
const stored = (ms) => new Date(ms).toISOString().replace('Z', '+00:00');

/** Rows a statement; both engines take so many parameters, since PostgreSQL gets a column as one. */
const batch = 2_000;

function* users(ids, now) {
  for (const [i, id] of ids.entries()) yield { id, email: emailOf(i), createdAt: stored(now - 20 * day) };
}

/** Each with the note of its sign-in. In the order of their making, as a server would have written them: those of one account lie far apart. */
function* sessions(ids, now) {
  for (let nth = 0; nth < sessionsEach; nth++) {
    for (let i = 0; i < ids.length; i++) {
      const at = now - (sessionsEach - nth) * 5 * day + Math.floor((i / ids.length) * 4 * day);
      yield sessionOf(ids[(i * 7_919) % ids.length], at, now);
    }
  }
}

function sessionOf(userId, at, now) {
  const [createdAt, expiresAt] = [stored(at), stored(Math.floor(now / 1_000) * 1_000 + 20 * day)];
  const times = {
    createdAt,
    lastUsedAt: stored(now + day), // so that the first call of each is not a write as well
    expiresAt,
    absoluteExpiresAt: expiresAt,
    refreshIssuedAt: createdAt,
    authenticatedAt: createdAt,
  };
  const client = {
    ipAddress: '192.0.2.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  };
  return {
    id: v7({ msecs: at }),
    userId,
    ...times,
    ...client,
    methods: 'PASSWORD',
    refreshJti: v7({ msecs: at }),
    refreshKid: 'none',
  };
}

function passwordOf({ id: userId }) {
  return { userId, hash: passwordHash, cost: 4 };
}

function eventOf({ id: sessionId, userId, createdAt: at, ipAddress, userAgent }) {
  const what = { kind: 'SIGNED_IN', actor: 'USER', method: 'PASSWORD' };
  return { id: v7({ msecs: Date.parse(at) }), ...what, userId, at, sessionId, ipAddress, userAgent };
}

function* batches(rows) {
  let some = [];
  for (const row of rows) {
    some.push(row);
    if (some.length < batch) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

function openSqlite(path) {
  const database = new Sqlite(path);
  database.pragma('synchronous = OFF'); // this crowd can be made again
  const insert = database.transaction((table, rows) => {
    const names = Object.keys(rows[0]);
    const columns = names.map((name) => `"${name}"`);
    const statement = database.prepare(`INSERT INTO "${table}" (${columns}) VALUES (${columns.map(() => '?')})`);
    for (const row of rows) statement.run(names.map((name) => row[name]));
  });
  return { insert, close: () => database.close() };
}

function typeOf(name) {
  if (name === 'cost') return 'int';
  return name.endsWith('At') || name === 'at' ? 'timestamp' : 'text';
}

async function openPostgresql(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return {
    async insert(table, rows) {
      const names = Object.keys(rows[0]);
      const arrays = names.map((name, i) => `$${i + 1}::${typeOf(name)}[]`);
      const text = `INSERT INTO "${table}" (${names.map((name) => `"${name}"`)}) SELECT * FROM unnest(${arrays})`;
      await client.query(
        text,
        names.map((name) => rows.map((row) => row[name])),
      );
    },
    async close() {
      await client.query('ANALYZE'); // what autovacuum does within minutes elsewhere
      await client.end();
    },
  };
}

/** So many accounts, with three live sessions and three sign-ins in the history of each. */
export async function addCrowd(databaseUrl, count) {
  const sink = databaseUrl.startsWith('file:')
    ? openSqlite(databaseUrl.slice('file:'.length))
    : await openPostgresql(databaseUrl);
  const now = Date.now();
  const ids = Array.from({ length: count }, () => v7({ msecs: now - 20 * day }));
  for (const rows of batches(users(ids, now))) {
    await sink.insert('User', rows);
    await sink.insert('Password', rows.map(passwordOf));
  }
  for (const rows of batches(sessions(ids, now))) {
    await sink.insert('Session', rows);
    await sink.insert('Event', rows.map(eventOf));
  }
  await sink.close();
}
