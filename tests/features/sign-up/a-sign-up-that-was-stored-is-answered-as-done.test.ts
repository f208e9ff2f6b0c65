import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { MeDocument, SignupDocument } from '../../client/generated/graphql.js';
import { afterwards } from '../../support/cleanup.js';
import { expectCode } from '../../support/client.js';
import { migratedDatabaseUrl } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';

type Loss = 'the answer' | 'the request';

/** A line to PostgreSQL that breaks at one COMMIT: before the server has it, or before its answer is back. */
async function lineThatLoses(url: string) {
  const target = new URL(url);
  let next: Loss | null = null;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    let isDeaf = false;
    near.on('error', () => undefined).on('close', () => far.destroy());
    far.on('error', () => undefined).on('close', () => near.destroy());
    near.on('data', (bytes) => {
      const loses = bytes.includes('COMMIT') ? next : null;
      if (loses) next = null;
      if (loses === 'the request') return near.destroy();
      isDeaf = loses === 'the answer';
      return far.write(bytes);
    });
    far.on('data', (bytes) => (isDeaf ? near.destroy() : near.write(bytes)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => server.close());
  const line = new URL(url);
  line.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: line.href,
    lose: (what: Loss) => {
      next = what;
    },
    hasLost: () => next === null,
  };
}

async function start() {
  const line = await lineThatLoses(await migratedDatabaseUrl('postgresql'));
  return { line, latchkey: await startLatchkey({ databaseUrl: line.url }) };
}

test('a sign-up whose COMMIT was done and whose answer was lost is answered as done', async () => {
  const { line, latchkey } = await start();
  line.lose('the answer');
  const { auth, client } = await latchkey.newAccount();
  expect(line.hasLost()).toBe(true);
  expect((await client.ask(MeDocument)).me.id).toBe(auth.user.id);
});

test('a sign-up whose COMMIT was lost is answered with SERVICE_UNAVAILABLE, and works when it is repeated', async () => {
  const { line, latchkey } = await start();
  const input = { email: 'ada@example.com', password: 'correct horse battery' };
  line.lose('the request');
  expectCode(await latchkey.client().send(SignupDocument, { input }), 'SERVICE_UNAVAILABLE');
  expect(line.hasLost()).toBe(true);
  await latchkey.client().ask(SignupDocument, { input });
});
