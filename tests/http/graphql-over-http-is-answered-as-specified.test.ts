import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { serverAudits } from 'graphql-http';
import { beforeAll, describe, expect, test } from 'vitest';
import { ActiveSessionsDocument, LoginDocument } from '../client/generated/graphql.js';
import { type Client, expectCode } from '../support/client.js';
import { type Latchkey, startLatchkey } from '../support/latchkey.js';

let latchkey: Latchkey;
beforeAll(async () => {
  latchkey = await startLatchkey('sqlite');
});

const json = 'application/json';
const graphqlJson = 'application/graphql-response+json';

function post(body: string | Buffer | Blob, headers: Record<string, string> = {}) {
  return fetch(`${latchkey.url}/graphql`, { method: 'POST', headers: { 'content-type': json, ...headers }, body });
}

function get(parameters: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${latchkey.url}/graphql?${new URLSearchParams(parameters)}`, { headers });
}

async function codesOf(response: Response): Promise<string[]> {
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return errors.map(({ extensions }) => extensions.code);
}

// The GraphQL Foundation's audits: a MUST or SHOULD that is not kept is an `error` or a `warn`.
const audits = serverAudits({ url: () => `${latchkey.url}/graphql` });

test('there are audits', () => expect(audits.length).toBeGreaterThan(50));

test.each(audits)('$id: $name', async ({ fn }) => {
  const { status, reason = '' } = (await fn()) as { status: string; reason?: string };
  expect(`${status} ${reason}`.trim()).toBe('ok');
});

describe('an error before the execution is a 200 as application/json, and a 400 as application/graphql-response+json', () => {
  const requests = {
    'a document that does not parse': { query: '{' },
    'an empty document': { query: '' },
    'a field that there is not': { query: '{ nothingOfTheKind }' },
    'a literal of the wrong type': { query: '{ loginHistory(first: "many") { nodes { id } } }' },
    'a subscription': { query: 'subscription { nothing }' },
    'a variable of the wrong type': {
      query: 'query ($id: ID!) { user(id: $id) { id } }',
      variables: { id: { not: 'an id' } },
    },
    'a variable that is missing': { query: 'query ($id: ID!) { user(id: $id) { id } }' },
    'an operation that there is not': { query: 'query A { __typename }', operationName: 'B' },
  };
  const preferences = [
    ['*/*', 200, json],
    [json, 200, json],
    [`${json}; charset=utf-8`, 200, json],
    [`text/html, ${json}`, 200, json],
    [graphqlJson, 400, graphqlJson],
    [`${graphqlJson}; charset=utf-8`, 400, graphqlJson],
    [`${graphqlJson}, ${json};q=0.9`, 400, graphqlJson],
    [`${json}, ${graphqlJson};q=0.9`, 200, json],
    [`${json}, ${graphqlJson};q=0`, 200, json],
    ['Application/GraphQL-Response+JSON', 400, graphqlJson],
  ] as const;

  describe.each(Object.entries(requests))('%s', (_name, request) => {
    test.each(preferences)('Accept: %s gets a %i', async (accept, status, type) => {
      const response = await post(JSON.stringify(request), { accept });
      expect([response.status, response.headers.get('content-type')]).toEqual([status, expect.stringContaining(type)]);
      expect(await response.json()).toEqual({ errors: [expect.any(Object)] });
    });
  });
});

test('errors of several variables are answered as one error, each by its path', async () => {
  const query = `mutation ($input: SignupInput!, $delivery: TokenDelivery, $first: ID!) {
    signup(input: $input) { accessToken } login(input: { password: "x", delivery: $delivery }) { accessToken }
    logout(sessionId: $first) { endedSessionIds } }`;
  const variables = { input: { email: 1, firstName: [] }, delivery: 'PIGEON' };
  const response = await post(JSON.stringify({ query, variables }));
  const { errors } = (await response.json()) as { errors: { extensions: { code: string; fields: object[] } }[] };
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  const paths = ['input.email', 'input.password', 'input.firstName', 'input.delivery', 'sessionId'];
  expect(errors[0]?.extensions.fields).toEqual(paths.map((path) => ({ path, message: expect.any(String) })));
});

describe('an invalid document and an invalid variable have different codes', () => {
  const many = 'query ($first: Int) { loginHistory(first: $first) { nodes { id } } }';
  test.each([
    ['a variable that is not used', 'query ($unused: Int) { __typename }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a variable where its type does not fit', many.replace('Int', 'String'), {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a variable of no type', many.replace('Int', 'Nothing'), {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a variable that is not defined', many.replace('$first: Int', '$last: Int'), {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a value that is not of the type', many, { first: 'many' }, 'BAD_USER_INPUT'],
    ['a value that is missing', many.replace('Int', 'Int!'), {}, 'BAD_USER_INPUT'],
  ])('%s', async (_name, query, variables, code) => {
    const codes = await codesOf(await post(JSON.stringify({ query, variables })));
    expect([...new Set(codes)]).toEqual([code]);
  });
});

test('an error of a resolver is a 200 with data, whatever is accepted', async () => {
  for (const accept of [json, graphqlJson]) {
    const response = await post(JSON.stringify({ query: '{ me { id } activeSessions { id } }' }), { accept });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  }
});

describe('only JSON in UTF-8 is a body', () => {
  const query = JSON.stringify({ query: '{ __typename }' });
  test.each([
    json,
    'application/json; charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json;charset="utf-8"',
    'Application/JSON',
  ])('%s is taken', async (type) => {
    const response = await post(query, { 'content-type': type });
    expect([response.status, await response.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/xml',
    'application/jsonp',
    'text/plain; application/json',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset=us-ascii; charset=utf-8',
  ])('%s is a 415', async (type) => {
    const response = await post(query, { 'content-type': type });
    expect([response.status, await codesOf(response)]).toEqual([415, ['BAD_REQUEST']]);
  });

  test('a compressed body is a 415', async () => {
    const response = await post(new Blob([gzipSync(query)]), { 'content-encoding': 'gzip' });
    expect([response.status, await codesOf(response)]).toEqual([415, ['BAD_REQUEST']]);
  });

  test('a body without a type is a 415', async () => {
    const response = await post(new Blob([query]), { 'content-type': '' });
    expect(response.status).toBe(415);
  });

  test.each([
    ['invalid UTF-8', Buffer.from([...Buffer.from('{"query":"{ __typename }","x":"'), 0xff, 0x22, 0x7d])],
    ['an overlong encoding', Buffer.from([...Buffer.from('{"query":"{ __typename }","x":"'), 0xc0, 0xaf, 0x22, 0x7d])],
    ['UTF-16', Buffer.from(query, 'utf16le')],
    ['no JSON', Buffer.from('{ __typename }')],
    ['half of it', Buffer.from('{"query":"{ __typename }"')],
    ['nothing', Buffer.from('')],
    ['no object', Buffer.from('"{ __typename }"')],
    ['null', Buffer.from('null')],
    ['a prototype', Buffer.from('{"query":"{ __typename }","__proto__":{"x":1}}')],
  ])('%s is a 400', async (_name, body) => {
    for (const accept of [json, graphqlJson]) {
      const response = await post(body, { accept });
      expect([response.status, await codesOf(response)]).toEqual([400, ['BAD_REQUEST']]);
    }
  });

  test.each([
    ['no query', {}],
    ['a query that is no text', { query: 1 }],
    ['variables that are no map', { query: '{ __typename }', variables: [] }],
    ['variables in a text', { query: '{ __typename }', variables: '{}' }],
    ['extensions that are no map', { query: '{ __typename }', extensions: 1 }],
    ['an operation name that is no text', { query: '{ __typename }', operationName: 1 }],
    ['a batch', [{ query: '{ __typename }' }]],
    ['a batch of two', [{ query: '{ __typename }' }, { query: '{ __typename }' }]],
    ['an empty batch', []],
  ])('%s is a 400', async (_name, body) => {
    for (const accept of [json, graphqlJson]) {
      const response = await post(JSON.stringify(body), { accept });
      expect([response.status, await codesOf(response)]).toEqual([400, ['BAD_REQUEST']]);
    }
  });

  test('a persisted query is answered PERSISTED_QUERY_NOT_SUPPORTED', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    for (const accept of [json, graphqlJson]) {
      const response = await post(JSON.stringify({ extensions }), { accept });
      expect([response.status, await codesOf(response)]).toEqual([400, ['PERSISTED_QUERY_NOT_SUPPORTED']]);
    }
  });
});

describe('GET', () => {
  test('answers a query without special headers, and knows its caller by the Authorization header alone', async () => {
    const { auth } = await latchkey.newAccount({ delivery: 'COOKIE' });
    const query = 'query Mine($first: Int!) { me { email } loginHistory(first: $first) { nodes { id } } }';
    const parameters = { query, operationName: 'Mine', variables: '{"first":5}' };
    const asked = await get(parameters, { authorization: `Bearer ${auth.accessToken}` });
    expect([asked.status, await asked.json()]).toMatchObject([200, { data: { me: { email: auth.user.email } } }]);
    const stranger = await get(parameters);
    expect(await codesOf(stranger)).toEqual(expect.arrayContaining(['UNAUTHENTICATED']));
  });

  test.each([json, graphqlJson])('never carries out a mutation (Accept: %s)', async (accept) => {
    const { email, password, client } = await latchkey.newAccount();
    const before = await sessionsOf(client);
    const input = `{email: ${JSON.stringify(email)}, password: ${JSON.stringify(password)}}`;
    const query = `mutation A { login(input: ${input}) { accessToken } } query B { __typename }`;
    const rejected = await get({ query, operationName: 'A' }, { accept });
    expect([rejected.status, rejected.headers.get('allow'), await codesOf(rejected)]).toEqual([
      405,
      'POST',
      ['BAD_REQUEST'],
    ]);
    expect((await get({ query, operationName: 'B' }, { accept })).status).toBe(200);
    expect(await sessionsOf(client)).toBe(before);
  });

  test.each([
    ['variables that are no JSON', { query: '{ __typename }', variables: '{' }],
    ['variables that are no map', { query: '{ __typename }', variables: '[]' }],
    ['no query', { operationName: 'A' }],
  ])('%s is a 400', async (_name, parameters) => {
    expect((await get(parameters as unknown as Record<string, string>)).status).toBe(400);
  });

  test('null and an empty parameter count as left out', async () => {
    const answer = { status: 200, body: { data: { __typename: 'Query' } } };
    const query = '{ __typename }';
    for (const nothing of ['', 'null']) {
      const byGet = await get({ query, operationName: '', variables: nothing, extensions: nothing });
      expect({ status: byGet.status, body: await byGet.json() }).toEqual(answer);
    }
    const nothing = { operationName: '', variables: null, extensions: null };
    const byPost = await post(JSON.stringify({ query, ...nothing }), {});
    expect({ status: byPost.status, body: await byPost.json() }).toEqual(answer);
  });

  test('a parameter given twice is a 400', async () => {
    const query = encodeURIComponent('{ __typename }');
    for (const rest of [`&query=${query}`, '&variables=&variables=null', '&operationName=&operationName=']) {
      expect((await fetch(`${latchkey.url}/graphql?query=${query}${rest}`)).status).toBe(400);
    }
  });

  test('an empty query is a document that does not parse', async () => {
    const answer = await get({ query: '' });
    expect([answer.status, await codesOf(answer)]).toEqual([200, ['GRAPHQL_PARSE_FAILED']]);
  });
});

describe('HEAD', () => {
  const path = '/graphql?query={__typename}';
  const head = (path: string) => fetch(`${latchkey.url}${path}`, { method: 'HEAD' });

  test('is answered like GET, without a body', async () => {
    const [byGet, byHead] = [await fetch(`${latchkey.url}${path}`), await head(path)];
    expect([byHead.status, await byHead.text()]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'cache-control']) {
      expect([name, byHead.headers.get(name)]).toEqual([name, byGet.headers.get(name)]);
    }
  });

  test('never carries out a mutation', async () => {
    const answer = await head('/graphql?query=mutation{logout{endedSessionIds}}');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('without a query is a 400, as GET is', async () => expect((await head('/graphql')).status).toBe(400));
});

test('a plain OPTIONS is answered with the methods', async () => {
  const answer = await fetch(`${latchkey.url}/graphql`, { method: 'OPTIONS' });
  expect([answer.status, answer.headers.get('allow'), await answer.text()]).toEqual([
    204,
    'GET, HEAD, POST, OPTIONS',
    '',
  ]);
});

async function sessionsOf(client: Client): Promise<number> {
  const { activeSessions } = await client.ask(ActiveSessionsDocument);
  return activeSessions.length;
}

test.each(['text/html', 'application/xml', `${json};q=0`, 'image/*', 'application/json; charset=utf-16', 'nonsense'])(
  'Accept: %s is a 406 before anything is executed',
  async (accept) => {
    const email = `${randomUUID()}@example.com`;
    const query = 'mutation ($input: SignupInput!) { signup(input: $input) { accessToken } }';
    const input = { email, password: 'correct horse battery' };
    const response = await post(JSON.stringify({ query, variables: { input } }), { accept });
    expect([response.status, await codesOf(response)]).toEqual([406, ['BAD_REQUEST']]);
    expectCode(await latchkey.client().send(LoginDocument, { input }), 'INVALID_CREDENTIALS');
  },
);

test('no cache may keep an answer', async () => {
  const answers = [
    await post('{"query":"{ __typename }"}'),
    await post('{"query":"{"}'),
    await get({ query: '{ __typename }' }),
    await get({ query: 'mutation { logout { endedSessionIds } }' }),
    await post('[]'),
  ];
  for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
});
