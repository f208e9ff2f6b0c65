import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Latchkey, startLatchkey } from '../support/latchkey.js';

let latchkey: Latchkey;
beforeAll(async () => {
  latchkey = await startLatchkey('sqlite', { PLAYGROUND: 'off' });
});

const errorBody = { errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] };
const ask = (path: string, init?: RequestInit) => fetch(`${latchkey.url}${path}`, init);

function post(body: string | ReadableStream, headers: Record<string, string> = {}) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  return ask('/graphql', { ...init, duplex: 'half' } as RequestInit);
}

/** A request for a type name whose body has so many bytes. */
function bodyOf(bytes: number): string {
  const start = '{"query":"{ __typename }","extensions":{"x":"';
  return `${start}${'x'.repeat(bytes - start.length - 3)}"}}`;
}

async function* inPieces(text: string) {
  for (let at = 0; at < text.length; at += 10_000) yield Buffer.from(text.slice(at, at + 10_000));
}

describe('the body', () => {
  test('may have 100 kB', async () => {
    expect((await post(bodyOf(100_000))).status).toBe(200);
    expect((await post(ReadableStream.from(inPieces(bodyOf(100_000))))).status).toBe(200);
  });

  test('is a 413 above that, with and without Content-Length', async () => {
    const rejected = await post(bodyOf(100_001));
    expect([rejected.status, await rejected.json()]).toEqual([413, errorBody]);
    const streamed = await post(ReadableStream.from(inPieces(bodyOf(100_001))));
    expect([streamed.status, await streamed.json()]).toEqual([413, errorBody]);
  });

  test('is counted in bytes, not in characters', async () => {
    expect((await post(bodyOf(99_990).replace(/xxxxxx"/, 'éééééé"'))).status).toBe(200);
    expect((await post(bodyOf(99_998).replace(/xxxxxx"/, 'éééééé"'))).status).toBe(413);
  });
});

describe('the address', () => {
  const query = (bytes: number) => `/graphql?query={__typename}&x=${'x'.repeat(bytes - 30)}`;

  test('may have 8 kB', async () => expect((await ask(query(8_000))).status).toBe(200));

  test.each([8_001, 20_000, 60_000])('of %i bytes is a 414', async (bytes) => {
    const rejected = await ask(query(bytes));
    expect([rejected.status, await rejected.json()]).toEqual([414, errorBody]);
  });

  test('that is too long for Node is a 414 as well', async () => {
    const [status, body] = await raw(`GET ${query(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect([status, JSON.parse(body)]).toEqual([414, errorBody]);
  });
});

describe('the headers', () => {
  test('may have some 16 kB', async () => {
    expect((await ask('/health/live', { headers: { 'x-filler': 'x'.repeat(15_500) } })).status).toBe(200);
  });

  test.each([16_001, 40_000, 200_000])('of more than %i bytes are a 431', async (bytes) => {
    const rejected = await statusOf('/health/live', { 'x-filler': 'x'.repeat(bytes) });
    expect(rejected).toBe(431);
  });

  test('count however many they are', async () => {
    const headers = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-filler-${i}`, 'x'.repeat(50)]));
    expect(await statusOf('/health/live', headers)).toBe(431);
  });
});

/** Node's own client takes what fetch would not. */
async function statusOf(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const request = httpRequest(`${latchkey.url}${path}`, { headers }).on('error', () => undefined);
  request.end();
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

describe('there is nothing at', () => {
  test.each([
    '/',
    '/graphql/',
    '/graphQL',
    '/graphql/x',
    '/health',
    '/health/ready/',
    '/.well-known/',
    '/.well-known/openid-configuration',
    '/playground',
    '/index.html',
    '/..%2f..%2fetc%2fpasswd',
    '/.env',
    '/%00',
    '/graphql%3Fquery=x',
    '//graphql',
  ])('%s', async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const rejected = await ask(path, { method });
      expect([method, rejected.status, await rejected.json()]).toEqual([method, 404, errorBody]);
    }
  });

  test('a URL that does not decode, which is not repeated', async () => {
    for (const path of ['/hunter2%zz', '/graphql%', '/%c0%afhunter2']) {
      const rejected = await ask(path);
      const text = await rejected.text();
      expect([path, [400, 404].includes(rejected.status), JSON.parse(text)]).toEqual([path, true, errorBody]);
      expect(text).not.toContain('hunter2');
    }
  });
});

test.each(['PUT', 'PATCH', 'DELETE'])('/graphql does not take %s, and says what it takes', async (method) => {
  const rejected = await ask('/graphql', {
    method,
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  });
  expect([rejected.status, rejected.headers.get('allow'), await rejected.json()]).toEqual([
    405,
    'GET, HEAD, POST, OPTIONS',
    errorBody,
  ]);
});

test.each(['/health/live', '/health/ready', '/.well-known/jwks.json'])('%s takes GET alone', async (path) => {
  expect((await ask(path)).status).toBe(200);
  expect((await ask(path, { method: 'POST' })).status).toBe(404);
  expect((await ask(path, { method: 'DELETE' })).status).toBe(404);
});

test('bytes that are not HTTP are a 400, which does not repeat them', async () => {
  const [status, body] = await raw('hunter2 / HTTP/1.1\r\nHunter2\r\n\r\n');
  expect([status, JSON.parse(body)]).toEqual([400, errorBody]);
  expect(body.toLowerCase()).not.toContain('hunter2');
});

/** The status and the body of what is answered to these bytes. */
async function raw(bytes: string): Promise<[status: number, body: string]> {
  const socket = connect(Number(new URL(latchkey.url).port), '127.0.0.1').on('error', () => undefined);
  socket.write(bytes);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => (answer += text));
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return [Number(head.split(' ')[1]), body];
}
