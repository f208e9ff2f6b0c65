import { buildSchema, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { AuthError, unavailable } from '../../src/errors.js';
import { createGraphQLServer } from '../../src/graphql/server.js';

const schema = buildSchema('type Query { limited: Int, busy: Int, fine: Int, wrong: Int }');
const fields = (schema.getQueryType() as GraphQLObjectType).getFields();
const resolvers: Record<string, () => unknown> = {
  limited: () => {
    throw new AuthError('RATE_LIMITED', { retryAfterSeconds: 90 });
  },
  busy: () => {
    throw unavailable('Busy.', 2);
  },
  wrong: () => {
    throw new AuthError('FORBIDDEN');
  },
};
for (const [name, resolve] of Object.entries(resolvers)) Object.assign(fields[name] as object, { resolve });

const log = { warn: () => undefined, error: () => undefined };
const server = createGraphQLServer(schema, { introspection: true, production: false }, log);

test.each([
  ['{ fine }', undefined],
  ['{ wrong }', undefined],
  ['{ busy }', '2'],
  ['{ limited }', '90'],
  ['{ busy limited wrong fine }', '90'],
  ['{ nothing }', undefined],
])('%s: %s', async (query, seconds) => {
  const contextValue = { requestId: 'x', noteErrors: () => undefined } as never;
  const { http } = await server.executeOperation({ query }, { contextValue });
  expect(http.headers.get('retry-after')).toBe(seconds);
});
