import { beforeAll, describe, expect, test } from 'vitest';
import { createServer } from '../../src/http/server.js';
import { createLog } from '../../src/platform/logging.js';
import { type Latchkey, startLatchkey } from '../support/latchkey.js';

const allowed = ['https://app.example.com', 'http://localhost:5173'];
let latchkey: Latchkey;
beforeAll(async () => {
  latchkey = await startLatchkey('sqlite', { CORS_ORIGINS: allowed.join(', ') });
});

function post(origin: string, body = '{"query":"{ __typename }"}') {
  return fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body,
  });
}

function preflight(origin: string, headers = 'authorization,content-type') {
  return fetch(`${latchkey.url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  });
}

const foreign = [
  'https://app.example.com.evil.example',
  'https://evil-app.example.com',
  'https://sub.app.example.com',
  'https://example.com',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com/',
  'https://APP.example.com',
  'https://appxexample.com',
  'http://localhost:51731',
  'http://localhost',
  'null',
  'capacitor://localhost',
  'chrome-extension://abcdefghijklmnop',
  '*',
  'file://',
];

type Ask = (url: string, origin: string) => Promise<Response>;
const type = { 'content-type': 'application/json' };

/** What a page could be answered instead of data, by status. */
const errors: Record<string, Ask> = {
  '200 of a document that does not parse': (_url, origin) => post(origin, '{"query":"{"}'),
  '400 of a body that is not JSON': (_url, origin) => post(origin, '{'),
  '400 of a URL that does not decode': (url, origin) => fetch(`${url}/%zz`, { headers: { origin } }),
  '404 of an unknown address': (url, origin) => fetch(`${url}/nowhere`, { headers: { origin } }),
  '405 of a PUT': (url, origin) => fetch(`${url}/graphql`, { method: 'PUT', headers: { origin } }),
  '405 of a mutation by GET': (url, origin) =>
    fetch(`${url}/graphql?query=mutation{logout{endedSessionIds}}`, { headers: { origin } }),
  '406 of a media type that there is not': (url, origin) =>
    fetch(`${url}/graphql?query={__typename}`, { headers: { origin, accept: 'image/png' } }),
  '413 of a body that is too large': (_url, origin) => post(origin, 'x'.repeat(100_001)),
  '414 of a URL that is too long': (url, origin) =>
    fetch(`${url}/graphql?query=${'x'.repeat(9_000)}`, { headers: { origin } }),
  '415 of a form': (url, origin) =>
    fetch(`${url}/graphql`, { method: 'POST', headers: { origin }, body: new URLSearchParams({ query: '{' }) }),
  '431 of headers that are too large': (url, origin) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { origin, ...type, 'x-filler': 'x'.repeat(20_000) },
      body: '{}',
    }),
};

describe.each(allowed)('%s', (origin) => {
  test('may read answers, with credentials', async () => {
    const { headers } = await post(origin);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toContain('Origin');
  });

  test.each(Object.entries(errors))('may read %s', async (name, ask) => {
    const answer = await ask(latchkey.url, origin);
    expect(answer.status).toBe(Number(name.slice(0, 3)));
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  test('may read when to retry', async () => {
    expect((await post(origin)).headers.get('access-control-expose-headers')).toBe('Retry-After');
  });

  test.each([
    ['/graphql', '/graphql'],
    ['an unknown address', '/nowhere'],
    ['a URL that is too long', `/graphql?x=${'x'.repeat(9_000)}`],
    ['a URL that does not decode', '/%zz'],
  ])('passes the preflight of %s, so that its page sees the answer', async (_name, path) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const { status, headers } = await fetch(`${latchkey.url}${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method },
      });
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
    }
  });

  test('may ask with JSON and an access token', async () => {
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-methods')).toMatch(/\bPOST\b/);
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(/authorization.*content-type/);
  });
});

describe.each(foreign)('%s', (origin) => {
  test('is allowed nothing', async () => {
    for (const { headers } of [await post(origin), await preflight(origin)]) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

test('every answer varies with the origin, so that a cache keeps them apart', async () => {
  const { headers } = await fetch(`${latchkey.url}/graphql?query={__typename}`);
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('vary')).toContain('Origin');
});

test('without CORS_ORIGINS no origin is allowed', async () => {
  await using closed = await startLatchkey('sqlite');
  for (const method of ['OPTIONS', 'POST']) {
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };
    const answer = await fetch(`${closed.url}/graphql`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: method === 'POST' ? '{"query":"{ __typename }"}' : null,
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  }
});

test.each(['capacitor://localhost', 'chrome-extension://abcdefghijklmnop', 'tauri://localhost'])(
  'an origin of another scheme may be allowed: %s',
  async (origin) => {
    const app = createServer(
      { trustProxy: [], corsOrigins: [origin] },
      createLog('silent', { write: () => undefined }),
    );
    const { headers } = await app.inject({ url: '/nowhere', headers: { origin } });
    expect(headers['access-control-allow-origin']).toBe(origin);
    const other = await app.inject({ url: '/nowhere', headers: { origin: `${origin}x` } });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  },
);

describe('the public keys', () => {
  const keys = () => `${latchkey.url}/.well-known/jwks.json`;

  test.each(['GET', 'HEAD'])('answer %s of any origin, without credentials', async (method) => {
    for (const origin of ['https://elsewhere.example', 'null', allowed[0] ?? '']) {
      const { headers } = await fetch(keys(), { method, headers: { origin } });
      expect([origin, headers.get('access-control-allow-origin')]).toEqual([origin, '*']);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  test('pass the preflight of any origin', async () => {
    const headers = {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization,x-trace',
    };
    for (const origin of ['https://elsewhere.example', 'null', 'capacitor://localhost']) {
      const answer = await fetch(keys(), { method: 'OPTIONS', headers: { origin, ...headers } });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
      expect(answer.headers.get('access-control-allow-methods')).toMatch(/\bGET\b/);
      expect(answer.headers.get('access-control-allow-headers')).toBe('authorization,x-trace');
    }
  });

  test('have no body in answer to HEAD', async () => {
    const answer = await fetch(keys(), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([
      200,
      'public, max-age=300',
      '',
    ]);
  });

  test('answer a plain OPTIONS', async () => {
    const answer = await fetch(keys(), { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  test('tell any origin about an error, too', async () => {
    const answer = await fetch(`${keys()}?x=${'x'.repeat(9_000)}`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([414, '*']);
  });
});
