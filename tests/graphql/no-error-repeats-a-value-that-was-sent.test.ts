import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Latchkey, startLatchkey } from '../support/latchkey.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let latchkey: Latchkey;
beforeAll(async () => {
  latchkey = await startLatchkey('sqlite', { LOG_LEVEL: 'debug', BCRYPT_COST: '4' });
});

interface Sent {
  query?: unknown;
  variables?: unknown;
  operationName?: unknown;
  extensions?: unknown;
}

/** The answer, and it with its headers and log lines. */
async function everythingSaid(sent: Sent | string, headers: Record<string, string> = {}) {
  const before = latchkey.logs.length;
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof sent === 'string' ? sent : JSON.stringify(sent),
  });
  const answer = await response.text();
  const headersText = [...response.headers].join('\n');
  return { answer, text: withoutNoise(`${answer}\n${headersText}\n${latchkey.logs.slice(before).join('')}`) };
}

/** Times and ids have digits of their own, and one day they would be those of a secret. */
function withoutNoise(text: string): string {
  return text.replace(/"(time|ms)":[\d.e-]+/g, '').replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '');
}

const secret = 'hunter2secret';
const login = (input: string) => `mutation { login(input: {${input}}) { accessToken } }`;
const loginWith = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
const withInput = (input: unknown): Sent => ({ query: loginWith, variables: { input } });

const hostile: Record<string, Sent> = {
  // Literals
  'a password without quotes': { query: login(`email: "a@example.com", password: ${secret}`) },
  'a password of two words without quotes': { query: login(`email: "a@example.com", password: correct ${secret}`) },
  'a password that begins with a digit': { query: login(`email: "a@example.com", password: 1${secret}`) },
  'a password that begins with a zero': { query: login(`email: "a@example.com", password: 0${secret}`) },
  'a password like a variable': { query: login(`email: "a@example.com", password: $${secret}`) },
  'a password like a variable, in a named operation': {
    query: login(`email: "a@example.com", password: $${secret}`).replace('mutation', 'mutation A'),
  },
  'a password like a directive': { query: login(`email: "a@example.com", password: @${secret}`) },
  'an address without quotes': { query: login(`email: ${secret}@example.com, password: "x"`) },
  'a password in single quotes': { query: login(`email: "a@example.com", password: '${secret}'`) },
  'a password with a quote in it': { query: login(`email: "a@example.com", password: "a"${secret}"`) },
  'a password that does not end': { query: login(`email: "a@example.com", password: "${secret}`) },
  'a password over two lines': { query: login(`email: "a@example.com", password: "a\n${secret}"`) },
  'a password with a backslash': { query: login(`email: "a@example.com", password: "\\${secret}"`) },
  'a password with an unfinished code point': { query: login(`password: "\\u{${secret}}"`) },
  'a password with a code point too short': { query: login(`password: "\\u12${secret}"`) },
  'a password with half a code point': { query: login(`password: "\\uD800 ${secret}"`) },
  'a password with a control character': { query: login(`password: "\u0001${secret}"`) },
  'a block string': { query: login(`email: "a@example.com", password: """${secret}"""`) },
  'a block string in place of an enum': { query: login(`password: "x", delivery: """${secret}"""`) },
  'a block string that does not end': { query: login(`email: "a@example.com", password: """${secret}`) },
  'a string after a string': { query: login(`email: "a@example.com", password: "x" "${secret}"`) },
  'a block string after a string': { query: login(`email: "a@example.com", password: "x" """${secret}"""`) },
  'a comment': { query: login(`email: "a@example.com", password: # ${secret}\n`) },
  'a password in place of an enum': { query: login(`email: "a", password: "x", delivery: "${secret}"`) },
  'an unknown value of an enum': { query: login(`email: "a", password: "x", delivery: ${secret}`) },
  'an enum’s value in the wrong case': { query: login(`email: "a", password: "x", delivery: cookie${secret}`) },
  'a number in place of a password': { query: login('email: "a@example.com", password: 9182736455') },
  'a fraction in place of a password': { query: login('email: "a@example.com", password: 91827.36455e7') },
  'a list in place of a password': { query: login(`email: "a@example.com", password: ["${secret}"]`) },
  'an object in place of a password': { query: login(`email: "a@example.com", password: {value: "${secret}"}`) },
  'a text in place of an input': { query: `mutation { login(input: "${secret}") { accessToken } }` },
  'an input in place of a text': { query: `mutation { verifyEmail(token: {token: "${secret}"}) { id } }` },
  'a list in place of a text': { query: `mutation { verifyEmail(token: ["${secret}"]) { id } }` },
  'a text in place of a boolean': { query: `mutation { logoutAll(keepCurrent: "${secret}") { endedSessionIds } }` },
  'a text in place of a number': { query: `{ loginHistory(first: "${secret}") { nodes { id } } }` },
  'a number too large': { query: '{ loginHistory(first: 91827364556) { nodes { id } } }' },
  'a fraction in place of a number': { query: '{ loginHistory(first: 91827.36455e7) { nodes { id } } }' },
  'an object in place of an id': { query: `mutation { logout(sessionId: {id: "${secret}"}) { endedSessionIds } }` },
  'a fraction in place of an id': { query: '{ user(id: 91827.36455) { id } }' },
  'a default of the wrong type': {
    query: `query ($n: Int! = "${secret}") { loginHistory(first: $n) { nodes { id } } }`,
  },
  'a default of no quotes': { query: `mutation ($t: String! = ${secret}) { verifyEmail(token: $t) { id } }` },
  'a condition that is none': { query: `{ __typename @include(if: "${secret}") }` },
  'a directive of a value': { query: `{ __typename @${secret} }` },
  'a directive that takes a value': { query: `{ __typename @include(if: $${secret}) }` },
  'a type named in a value': { query: `mutation { verifyEmail(token: __typename(name: ${secret})) { id } }` },
  'a value behind the document': { query: `{ __typename } "${secret}"` },
  'a value in place of the document': { query: `"${secret}"` },
  'no document at all': { query: secret },
  'a token in place of the document': { query: `eyJhbGciOiJFZERTQSJ9.${secret}.x` },
  'a description where none belongs': { query: `"${secret}" { __typename }` },
  'arguments that differ': {
    query: `mutation { verifyEmail(token: "${secret}") { id } verifyEmail(token: "other") { id } }`,
  },
  // Well-formed, and rejected by the service
  'an address that is none': { query: login(`email: "${secret}", password: "${secret}"`) },
  'a mailed token that is none': { query: `mutation { verifyEmail(token: "${secret}") { id } }` },
  'a session that is none': { query: `mutation { logout(token: "${secret}") { endedSessionIds } }` },
  'a refresh token that is none': { query: `mutation { refresh(refreshToken: "${secret}") { accessToken } }` },
  'a signup that breaks every rule': {
    query: `mutation { signup(input: {email: "${secret}", password: "${secret}\\u0000", confirmPassword: "x${secret}",
      username: "${secret}!", firstName: "${secret}\\u0001", lastName: "${secret.repeat(30)}"}) { accessToken } }`,
  },
  'a cursor that is none': { query: `{ loginHistory(after: "${secret}") { nodes { id } } }` },
  'an id that is none': { query: `{ user(id: "${secret}") { id } }` },
  // Variables
  'a number in a variable': withInput({ email: 'a@example.com', password: 9182736455 }),
  'a list in a variable': withInput({ email: 'a@example.com', password: [secret] }),
  'an object in a variable': withInput({ email: 'a@example.com', password: { value: secret } }),
  'a boolean in a variable': withInput({ email: { [secret]: true }, password: true }),
  'an enum in a variable': withInput({ email: 'a@example.com', password: 'x', delivery: secret }),
  'an enum of a number': withInput({ email: 'a@example.com', password: 'x', delivery: 9182736455 }),
  'an enum in a list': withInput({ email: 'a@example.com', password: 'x', delivery: [secret] }),
  'a text for an input': withInput(secret),
  'a text like a path for an input': withInput(`x at "${secret}"`),
  'a text like a reason for an input': withInput(`x; "${secret}`),
  'a list for an input': withInput([{ email: 'a@example.com', password: secret }]),
  'nothing beside a password': withInput({ password: null, email: secret }),
  'a password, and a field too many': withInput({ email: 'a@example.com', password: secret, extra: secret }),
  'a password as the name of a field': withInput({ [secret]: 'x', email: 'a@example.com', password: 'x' }),
  'a password as the name of a field, too deep': withInput({ email: { [secret]: { [secret]: 1 } }, password: 'x' }),
  'a password, and one thing wrong': withInput({ email: 1, password: secret }),
  'a text for a number': {
    query: 'query ($n: Int!) { loginHistory(first: $n) { nodes { id } } }',
    variables: { n: secret },
  },
  'an object for an id': { query: 'query ($id: ID!) { user(id: $id) { id } }', variables: { id: { secret } } },
  'a text for a boolean': {
    query: 'mutation ($k: Boolean!) { logoutAll(keepCurrent: $k) { endedSessionIds } }',
    variables: { k: secret },
  },
  'a variable that is not used': { query: 'query ($x: String) { __typename }', variables: { x: secret } },
  'a variable that is not declared': { query: '{ __typename }', variables: { [secret]: secret } },
  'a variable of the wrong type for its place': {
    query: 'query ($n: String!) { loginHistory(first: $n) { nodes { id } } }',
    variables: { n: secret },
  },
  // The rest of the request
  'an operation name': { query: 'query A { __typename }', operationName: secret },
  'an operation name of quotes': { query: 'query A { __typename }', operationName: `"${secret}".` },
  'an operation name that is no text': { query: 'query A { __typename }', operationName: [secret] },
  extensions: { extensions: { persistedQuery: { version: 1, sha256Hash: secret } } },
  'extensions that are no map': { query: '{ __typename }', extensions: secret },
  'variables in a text': { query: loginWith, variables: JSON.stringify({ input: { password: secret } }) },
  'variables in a list': { query: loginWith, variables: [{ input: { password: secret } }] },
  'a query that is no text': { query: { kind: 'Document', secret } },
};

test.each(Object.entries(hostile))('%s', async (_name, sent) => {
  const { answer, text } = await everythingSaid(sent);
  expect(text).not.toMatch(/hunter2|9182736455|91827|36455/);
  expect(answer).not.toContain('INTERNAL_SERVER_ERROR');
});

test('a body that is no JSON', async () => {
  for (const body of [`{"query": ${secret}}`, `{"query":"x","password":"${secret}"`, secret, `"${secret}"`]) {
    expect((await everythingSaid(body)).text).not.toContain('hunter2');
  }
});

test('headers of any kind', async () => {
  for (const name of ['accept', 'content-type', 'authorization', 'cookie', 'origin', 'x-request-id', 'request-id']) {
    const { text } = await everythingSaid({ query: '{ me { id } }' }, { [name]: `Bearer ${secret}` });
    expect(text).not.toContain('hunter2');
  }
});

test('the query string of a GET', async () => {
  const parameters = [{ query: `{ user(id: ${secret}) { id } }` }, { query: '{ me { id } }', variables: secret }];
  for (const each of [...parameters, { query: '{ me { id } }', operationName: secret }, { query: secret }]) {
    const before = latchkey.logs.length;
    const response = await fetch(`${latchkey.url}/graphql?${new URLSearchParams(each)}`);
    expect(`${await response.text()}${latchkey.logs.slice(before)}`).not.toContain('hunter2');
  }
});

test('more than fifty errors of variables are BAD_USER_INPUT, and not an internal error', async () => {
  const extra = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`extra${i}`, secret]));
  const { answer, text } = await everythingSaid(withInput({ email: 'a@example.com', password: secret, ...extra }));
  const { errors } = JSON.parse(answer) as { errors: { extensions: { code: string } }[] };
  expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
  expect(text).not.toContain('hunter2');
});

// ---- At random ------------------------------------------------------------------------------------------------------

/** Letters and digits make a name or a number of it; the rest is where lexers stumble. */
const junk = fc.string({
  unit: fc.constantFrom(...`ab1.0-+"'\\#$@!|&=[],;\n\t\u0000\u0007 é😀\ud800*%<`),
  maxLength: 6,
});
const core = fc.stringMatching(/^zq[a-z0-9]{12}$/);
const spoilt = fc.tuple(junk, core, junk).map(([before, core, after]) => ({ core, value: before + core + after }));

/** Where a value can stand in a document; what is put there is put there as it is. */
const literalPlaces: ((value: string) => string)[] = [
  (value) => login(`email: "a@example.com", password: ${value}`),
  (value) => login(`email: "a@example.com", password: "${value}"`),
  (value) => login(`email: "a@example.com", password: """${value}"""`),
  (value) => login(`email: ${value}, password: "x"`),
  (value) => login(`email: "a@example.com", password: "x", delivery: ${value}`),
  (value) => login(`email: "a@example.com", password: [${value}]`),
  (value) => login(`email: "a@example.com", password: {a: "${value}"}`),
  (value) => `mutation { login(input: ${value}) { accessToken } }`,
  (value) => `mutation { logoutAll(keepCurrent: ${value}) { endedSessionIds } }`,
  (value) => `mutation ($t: String! = "${value}") { verifyEmail(token: $t) { id } }`,
  (value) => `{ user(id: ${value}) { id } }`,
  (value) => `{ user(id: "${value}") { id } }`,
  (value) => `{ loginHistory(first: ${value}) { nodes { id } } }`,
  (value) => `{ loginHistory(first: "${value}") { nodes { id } } }`,
  (value) => `{ __typename @skip(if: ${value}) }`,
];

const anyVariable = (value: string): fc.Arbitrary<unknown> =>
  fc.constantFrom<unknown>(
    value,
    [value],
    { [value]: 1 },
    { value },
    [[value], 1],
    { email: value },
    { email: 'a', password: { value } },
  );

const someRequest = spoilt.chain(({ core, value }) => {
  const literal = fc.constantFrom(...literalPlaces).map((place): Sent => ({ query: place(value) }));
  const variable = anyVariable(value).chain((variable) =>
    fc.constantFrom<Sent>(
      withInput(variable),
      withInput({ email: 'a@example.com', password: variable }),
      withInput({ email: 'a@example.com', password: 'x', delivery: variable }),
      withInput({ email: variable, username: variable, password: value }),
      { query: 'query ($n: Int!) { loginHistory(first: $n) { nodes { id } } }', variables: { n: variable } },
      { query: 'query ($id: ID!) { user(id: $id) { id } }', variables: { id: variable } },
      { query: 'mutation ($t: String!) { verifyEmail(token: $t) { id } }', variables: { t: variable } },
    ),
  );
  const elsewhere = fc.constantFrom<Sent>({ query: '{ __typename }', operationName: value }, { query: value });
  return fc.record({ core: fc.constant(core), sent: fc.oneof(literal, variable, elsewhere) });
});

describe('at random', () => {
  test('a secret in any value position, however it is malformed, is not repeated', async () => {
    await fc.assert(
      fc.asyncProperty(someRequest, async ({ core, sent }) => {
        const { answer, text } = await everythingSaid(sent);
        expect(text).not.toContain(core);
        expect(answer).not.toContain('INTERNAL_SERVER_ERROR');
      }),
      { numRuns: 150 }, // each by HTTP; the messages alone: messages-of-graphql-js-repeat-no-value.test.ts
    );
  });
});
