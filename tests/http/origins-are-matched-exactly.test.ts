import { beforeAll, describe, expect, test } from 'vitest';
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

const strangers = [
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
  '*',
  'file://',
];

describe.each(allowed)('%s', (origin) => {
  test('may read answers, with credentials', async () => {
    const { headers } = await post(origin);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toContain('Origin');
  });

  test('may read refusals too: of what does not parse, and of what is too large', async () => {
    for (const body of ['{"query":"{"}', '{', 'x'.repeat(100_001)]) {
      const { headers } = await post(origin, body);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
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

describe.each(strangers)('%s', (origin) => {
  test('is allowed nothing', async () => {
    for (const { headers } of [await post(origin), await preflight(origin)]) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

test('the answer to no origin is kept apart from the answer to an allowed one', async () => {
  const { headers } = await fetch(`${latchkey.url}/graphql?query={__typename}`);
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('vary')).toContain('Origin');
});

test('without CORS_ORIGINS nobody is allowed', async () => {
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

test('the public keys are for any origin, without credentials', async () => {
  const { headers } = await fetch(`${latchkey.url}/.well-known/jwks.json`, {
    headers: { origin: 'https://elsewhere.example' },
  });
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-allow-credentials')).toBeNull();
});
