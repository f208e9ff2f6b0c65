import { beforeAll, describe, expect, test } from 'vitest';
import { type Latchkey, startLatchkey } from '../support/latchkey.js';

const production = { NODE_ENV: 'production', TOKEN_ISSUER: 'https://id.example.com', BCRYPT_COST: '10' };

/** Each is one letter off something that there is. */
const nearMisses = [
  '{ mee { id } }',
  '{ me { emial } }',
  'mutation { logn(input: {}) { accessToken } }',
  'mutation { login(inptu: {}) { accessToken } }',
  'mutation { login(input: {emial: "a", password: "b"}) { accessToken } }',
  'mutation { login(input: {email: "a", password: "b", delivery: COOKY}) { accessToken } }',
  'query ($x: LoginInptu) { me { id } }',
  '{ me { ... on Usr { id } } }',
  '{ me @inclde(if: true) { id } }',
  '{ __typename } fragment F on Sesion { id }',
  '{ me }',
];
const introspection = '{ __schema { types { name } } }';
const ofOneType = '{ __type(name: "User") { fields { name } } }';

let latchkey: Latchkey;
async function messagesFor(query: string, variables = {}): Promise<string[]> {
  const body = JSON.stringify({ query, variables });
  const answer = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { errors = [] } = (await answer.json()) as { errors?: { message: string }[] };
  return errors.map(({ message }) => message);
}
const misspelt = {
  query: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
  variables: { input: { emial: 'a', password: 'b', delivery: 'COOKY' } },
};

describe.each([
  ['production', production],
  ['INTROSPECTION=off', { INTROSPECTION: 'off' }],
])('with %s', (_name, settings) => {
  beforeAll(async () => {
    latchkey = await startLatchkey('sqlite', settings);
  });

  test.each(nearMisses)('no suggestion for %s', async (query) => {
    const messages = await messagesFor(query);
    expect(messages).not.toEqual([]);
    expect(messages.join()).not.toContain('Did you mean');
  });

  test('no suggestion for a misspelt variable', async () => {
    const messages = await messagesFor(misspelt.query, misspelt.variables);
    expect(messages).not.toEqual([]);
    expect(messages.join()).not.toContain('Did you mean');
  });

  test.each([introspection, ofOneType])('no introspection: %s', async (query) => {
    expect(await messagesFor(query)).not.toEqual([]);
  });

  test('__typename, which every client asks for, is answered', async () => {
    expect(await messagesFor('{ __typename }')).toEqual([]);
  });
});

test.each(['/playground', '/graphql'])('in production a browser finds nothing at %s', async (path) => {
  await using closed = await startLatchkey('sqlite', production);
  expect((await fetch(`${closed.url}${path}`, { headers: { accept: 'text/html' } })).status).toBe(404);
});

describe('without production', () => {
  beforeAll(async () => {
    latchkey = await startLatchkey('sqlite');
  });

  test('introspection is answered', async () => {
    expect(await messagesFor(introspection)).toEqual([]);
    expect(await messagesFor(ofOneType)).toEqual([]);
  });

  test('suggestions are made', async () => {
    expect(await messagesFor('{ mee { id } }')).toEqual([expect.stringContaining('Did you mean "me"?')]);
    expect((await messagesFor(misspelt.query, misspelt.variables)).join()).toContain('Did you mean "email"?');
  });
});
