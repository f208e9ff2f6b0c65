import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { expect, test, vi } from 'vitest';
import { LogoutDocument, MeDocument, RefreshDocument, SignupDocument } from '../client/generated/graphql.js';
import { root } from '../support/built.js';
import { createClient, expectCode } from '../support/client.js';
import { type Engine, engines, freshDatabaseUrl, freshDir } from '../support/databases.js';
import { testSettings } from '../support/latchkey.js';
import { startProcess } from '../support/process.js';
import { rowsOf } from '../support/rows.js';

vi.setConfig({ testTimeout: 180_000 });

async function migrationsOf(engine: Engine): Promise<string[]> {
  const names = await readdir(path.join(root, 'prisma/migrations', engine));
  return names.filter((name) => !name.endsWith('.toml')).sort();
}

test.each(engines)('three processes start at once on one empty database (%s)', async (engine) => {
  const { AUTH_SECRET, ...others } = testSettings;
  const cwd = await freshDir();
  const databaseUrl =
    engine === 'sqlite' ? `file:${path.join(cwd, 'data/latchkey.db')}` : await freshDatabaseUrl(engine);
  // On SQLite with the defaults: without AUTH_SECRET they have to agree on a secret too.
  const settings = { ...others, DATABASE_URL: databaseUrl, ...(engine === 'sqlite' ? {} : { AUTH_SECRET }) };
  const nodes = await Promise.all([0, 1, 2].map(() => startProcess(settings, { cwd })));
  const clients = (await Promise.all(nodes.map(({ listening }) => listening))).map((url) => createClient(url));

  expect(await rowsOf(databaseUrl, 'SELECT "sequence" FROM "SigningKey"')).toEqual([{ sequence: 1 }]);
  const migrations = await rowsOf<{ name: string }>(
    databaseUrl,
    `SELECT "migration_name" AS name FROM "_prisma_migrations"
     WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL ORDER BY name`,
  );
  expect(migrations.map(({ name }) => name)).toEqual(await migrationsOf(engine));
  if (engine === 'sqlite') {
    expect((await readdir(path.join(cwd, 'data'))).filter((name) => name.includes('secret'))).toEqual(['secret']);
    expect((await readFile(path.join(cwd, 'data/secret'), 'utf8')).length).toBeGreaterThanOrEqual(32);
  }

  // What one issues, all others accept; what one ends, all others reject.
  const sessions = await Promise.all(
    clients.map(async (client, i) => {
      const input = { email: `node-${i}@example.com`, password: 'correct horse battery' };
      return (await client.ask(SignupDocument, { input })).signup;
    }),
  );
  expect(new Set(sessions.map(({ accessToken }) => decodeProtectedHeader(accessToken).kid)).size).toBe(1);
  for (const [i, { accessToken: token, refreshToken, user }] of sessions.entries()) {
    for (const client of clients) expect((await client.with({ token }).ask(MeDocument)).me.id).toBe(user.id);
    const other = clients[(i + 1) % clients.length] ?? clients[0];
    expect((await other?.send(RefreshDocument, { refreshToken }))?.errors).toEqual([]);
    await other?.with({ token }).ask(LogoutDocument);
    for (const client of clients) {
      expectCode(await client.with({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    }
  }
});
