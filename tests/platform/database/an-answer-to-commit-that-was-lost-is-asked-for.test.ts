import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ChangePasswordDocument, LoginDocument, MeDocument, SignupDocument } from '../../client/generated/graphql.js';
import { afterwards } from '../../support/cleanup.js';
import { expectCode } from '../../support/client.js';
import { migratedDatabaseUrl } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';

type Loss = 'the answer' | 'the request' | null;

/** A line to PostgreSQL that breaks at the next COMMIT: before the server has it, or before its answer is back. */
async function lineThatLoses(url: string) {
  const target = new URL(url);
  let next: Loss = null;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    const hangUp = (other: Socket) => () => void other.destroy();
    near.on('close', hangUp(far));
    far.on('close', hangUp(near));
    let isDeaf = false;
    near.on('data', (bytes) => {
      if (next === null || !bytes.includes('COMMIT')) return far.write(bytes);
      if (next === 'the request') return near.destroy();
      [next, isDeaf] = [null, true];
      return far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (isDeaf) near.destroy();
      else near.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => server.close());
  const line = new URL(url);
  line.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: line.href,
    lose(what: Loss) {
      next = what;
    },
  };
}

const [password, newPassword] = ['correct horse battery', 'a whole new password'];

async function start() {
  const line = await lineThatLoses(await migratedDatabaseUrl('postgresql'));
  return { line, latchkey: await startLatchkey({ databaseUrl: line.url }) };
}

describe('where it had been committed, the caller is told what came of it', () => {
  test('in SQL: a sign-up', async () => {
    const { line, latchkey } = await start();
    line.lose('the answer');
    const { auth, client, email } = await latchkey.newAccount({ password });
    expect((await client.ask(MeDocument)).me.id).toBe(auth.user.id);
    line.lose('the answer');
    await latchkey.client().ask(LoginDocument, { input: { email, password } });
  });

  test('by Prisma: a changed password', async () => {
    const { line, latchkey } = await start();
    const { client, email } = await latchkey.newAccount({ password });
    line.lose('the answer');
    const { changePassword } = await client.ask(ChangePasswordDocument, {
      input: { currentPassword: password, newPassword },
    });
    await client.with({ token: changePassword.auth.accessToken }).ask(MeDocument);
    await latchkey.client().ask(LoginDocument, { input: { email, password: newPassword } });
  });
});

test('where it had not, it may be repeated', async () => {
  const { line, latchkey } = await start();
  const input = { email: 'ada@example.com', password };
  line.lose('the request');
  expectCode(await latchkey.client().send(SignupDocument, { input }), 'SERVICE_UNAVAILABLE');
  line.lose(null);
  await latchkey.client().ask(SignupDocument, { input });
});
