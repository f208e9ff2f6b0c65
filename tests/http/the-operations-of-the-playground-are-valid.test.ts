import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { fastify } from 'fastify';
import { buildSchema, getVariableValues, type OperationDefinitionNode, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { playground } from '../../src/http/playground.js';
import { playgroundEnvironment, playgroundOperations } from '../../src/http/playground-operations.js';

const schema = buildSchema(readFileSync(new URL('../contract/schema.graphql', import.meta.url), 'utf8'));

interface Options {
  endpointURL: string;
  initialEnvironments: { activeSubEnvironment: string; subEnvironments: { id: string; variables: object }[] };
  initialWindows: {
    initialName: string;
    initialHeaders: Record<string, string>;
    initialPostRequestScript: string;
  }[];
}

/** The options that the page hands to the playground, by running the script that it loads. */
async function servedOptions(baseURI = 'https://example.com/playground/'): Promise<Options> {
  const app = fastify();
  await app.register(playground);
  const { body } = await app.inject('/playground/initial_options.js');
  let options: unknown;
  const AltairGraphQL = { init: (given: unknown) => (options = given) };
  vm.runInNewContext(body, { AltairGraphQL, URL, document: { baseURI }, localStorage: { getItem: () => 'yes' } });
  return options as Options;
}

test.each(playgroundOperations)('$name is valid, and so are its variables', ({ query, variables = {} }) => {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const { variableDefinitions = [] } = document.definitions[0] as OperationDefinitionNode;
  expect(getVariableValues(schema, variableDefinitions, variables).errors).toBeUndefined();
  expect(variableDefinitions.map((definition) => definition.variable.name.value)).toEqual(Object.keys(variables));
});

test('the tabs lead from signup to logout', () => {
  const names = playgroundOperations.map(({ name }) => name.replace(/^\d · /, ''));
  expect(names).toEqual(['signup', 'login', 'me', 'active sessions', 'refresh', 'logout']);
});

test('each {{variable}} is one that the playground keeps, and none is in a query', () => {
  const texts = playgroundOperations.map(({ variables }) => JSON.stringify(variables ?? {}));
  const names = texts.flatMap((text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));
  expect(names).toEqual(['refreshToken']);
  expect(Object.keys(playgroundEnvironment)).toEqual(expect.arrayContaining(names));
  for (const { query } of playgroundOperations) expect(query).not.toContain('{{');
});

test('the page gives them to the playground, with the access token in the header of those that are signed in', async () => {
  const { endpointURL, initialEnvironments, initialWindows } = await servedOptions();
  expect(endpointURL).toBe('https://example.com/graphql');
  const active = initialEnvironments.subEnvironments.find(({ id }) => id === initialEnvironments.activeSubEnvironment);
  expect(active?.variables).toEqual(playgroundEnvironment);
  expect(initialWindows.map(({ initialHeaders }) => initialHeaders.Authorization ?? null)).toEqual(
    playgroundOperations.map(({ signedIn }) => (signedIn ? 'Bearer {{accessToken}}' : null)),
  );
});

test('below the prefix of a reverse proxy it asks the API below that prefix', async () => {
  expect((await servedOptions('https://example.com/auth/playground/')).endpointURL).toBe(
    'https://example.com/auth/graphql',
  );
});

test.each(playgroundOperations.filter((operation) => operation.newTokensIn))(
  '$name keeps the tokens of its answer',
  async (operation) => {
    const { initialWindows } = await servedOptions();
    const script =
      initialWindows.find(({ initialName }) => initialName === operation.name)?.initialPostRequestScript ?? '';
    const tokens = { accessToken: 'new access', refreshToken: 'new refresh' };
    expect(kept(script, { data: { [String(operation.newTokensIn)]: tokens } })).toEqual(tokens);
    expect(kept(script, { errors: [{ message: 'no' }], data: null })).toEqual({});
  },
);

/** What the script stores for the active environment when this is the answer; a body reaches scripts as text. */
function kept(script: string, answer: object): Record<string, unknown> {
  const stored: Record<string, unknown> = {};
  const setEnvironment = (name: string, value: unknown, inActive: boolean) =>
    inActive && Object.assign(stored, { [name]: value });
  vm.runInNewContext(script, { altair: { response: { body: JSON.stringify(answer) }, helpers: { setEnvironment } } });
  return stored;
}
