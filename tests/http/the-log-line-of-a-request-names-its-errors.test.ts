import { beforeAll, expect, test } from 'vitest';
import { LoginDocument } from '../client/generated/graphql.js';
import { type Latchkey, startLatchkey } from '../support/latchkey.js';

let latchkey: Latchkey;
beforeAll(async () => {
  latchkey = await startLatchkey('sqlite');
});

/** The line of the one request that `ask` makes, which is written once it is answered. */
async function lineOf(ask: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const before = latchkey.logs.length;
  await ask();
  const requests = () =>
    latchkey.logs
      .slice(before)
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'request');
  await expect.poll(requests).toHaveLength(1);
  return requests()[0];
}

const send = (query: string) =>
  fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  }).then((response) => response.json());

test('a request without errors names none', async () => {
  const line = await lineOf(() => send('{ __typename }'));
  expect(line).toMatchObject({ method: 'POST', path: '/graphql', status: 200, ms: expect.any(Number) });
  expect(line).not.toHaveProperty('errors');
});

test('a request that failed names the code, also when its status is 200', async () => {
  const input = { email: 'nobody@example.com', password: 'correct horse battery' };
  const line = await lineOf(() => latchkey.client().send(LoginDocument, { input }));
  expect(line).toMatchObject({ status: 200, errors: ['INVALID_CREDENTIALS'] });
});

test('each code is named once, also that of an invalid document', async () => {
  expect((await lineOf(() => send('{ a: me { id } b: me { id } user(id: "x") { id } }'))).errors).toEqual([
    'UNAUTHENTICATED',
  ]);
  expect((await lineOf(() => send('{ me { id nonsense } }'))).errors).toEqual(['GRAPHQL_VALIDATION_FAILED']);
});

test.each(['/health/live', '/health/ready', '/favicon.ico', '/playground/main.js'])(
  '%s is logged at the level debug',
  async (path) => {
    await using talkative = await startLatchkey('sqlite', { LOG_LEVEL: 'debug' });
    await fetch(`${talkative.url}${path}`).then((response) => response.arrayBuffer());
    const lines = () => talkative.logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
    await expect.poll(lines).toEqual([expect.objectContaining({ level: 20, path, ip: '127.0.0.1' })]);
  },
);

test('/favicon.ico is answered with nothing, for a day', async () => {
  const answer = await fetch(`${latchkey.url}/favicon.ico`);
  expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([
    204,
    'public, max-age=86400',
    '',
  ]);
});
