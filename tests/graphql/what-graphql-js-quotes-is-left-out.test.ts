import { buildSchema, GraphQLScalarType } from 'graphql';
import { GraphQLISODateTime } from 'type-graphql';
import { describe, expect, test } from 'vitest';
import { createGraphQLServer } from '../../src/graphql/server.js';

// Every kind of input that graphql-js knows, and Latchkey's schema does not have today, so that none of them can begin
// to quote when a field first uses it.
const schema = buildSchema(/* GraphQL */ `
  scalar DateTime
  scalar Picky
  enum Colour { RED GREEN }
  input Pair { left: Int!, right: [Colour!], when: DateTime, picky: Picky, inner: Pair }
  input Either @oneOf { id: ID, name: String }
  type Query {
    int(value: Int): Int
    float(value: Float): Int
    string(value: String): Int
    boolean(value: Boolean): Int
    id(value: ID): Int
    colour(value: Colour): Int
    date(value: DateTime): Int
    picky(value: Picky): Int
    ints(value: [Int!]): Int
    colours(value: [[Colour]]): Int
    pair(value: Pair): Int
    pairs(value: [Pair!]!): Int
    either(value: Either): Int
  }
`);

/** As chatty as a scalar can be: it repeats what it got in an error of its own. */
const picky = new GraphQLScalarType({
  name: 'Picky',
  parseValue: (value) => {
    throw new TypeError(`Not picky enough: "${JSON.stringify(value)}"`);
  },
});
Object.assign(schema.getType('Picky') as object, { parseValue: picky.parseValue, parseLiteral: picky.parseLiteral });
const { parseValue, parseLiteral } = GraphQLISODateTime;
Object.assign(schema.getType('DateTime') as object, { parseValue, parseLiteral });

const log = { warn: () => undefined, error: () => undefined };
const server = createGraphQLServer(schema, { introspection: true, production: false }, log);

interface Told {
  message: string;
  extensions: { code: string; fields?: unknown };
}

async function errorsOf(query: string, variables: Record<string, unknown> = {}): Promise<Told[]> {
  const contextValue = { requestId: 'x', noteErrors: () => undefined } as never;
  const { body } = await server.executeOperation({ query, variables }, { contextValue });
  return ((body as { singleResult: { errors?: unknown } }).singleResult.errors ?? []) as Told[];
}

/** Where a value happens to be right there is no error that could repeat it. */
function expectNothingRepeated(errors: Told[]): void {
  expect(JSON.stringify(errors)).not.toMatch(/hunter2|7272/);
  const codes = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'];
  for (const { extensions } of errors) expect(codes).toContain(extensions.code);
}

const types: Record<string, string> = {
  int: 'Int',
  float: 'Float',
  string: 'String',
  boolean: 'Boolean',
  id: 'ID',
  colour: 'Colour',
  date: 'DateTime',
  picky: 'Picky',
  ints: '[Int!]',
  colours: '[[Colour]]',
  pair: 'Pair',
  pairs: '[Pair!]!',
  either: 'Either',
};

const literals = [
  '"hunter2"',
  'hunter2',
  '"""hunter2"""',
  '72727272.5e9',
  '7272727272727',
  '["hunter2"]',
  '[[hunter2]]',
  '{hunter: "hunter2"}',
  '{left: "hunter2"}',
  '{left: 1, right: hunter2}',
  '{left: 1, right: ["hunter2"]}',
  '{left: 1, when: "hunter2"}',
  '{left: 1, when: hunter2}',
  '{left: 1, picky: "hunter2"}',
  '{left: 1, inner: {left: 1, inner: {left: "hunter2"}}}',
  '{id: "hunter2", name: "hunter2"}',
];

const values = [
  'hunter2',
  '"hunter2"',
  '2026-13-45T99:99:99Zhunter2',
  72727272.5e9,
  7272727272727,
  ['hunter2'],
  [['hunter2']],
  [{ left: 'hunter2' }],
  { left: 'hunter2' },
  { left: 1, right: 'hunter2' },
  { left: 1, right: ['RED', 'hunter2'] },
  { left: 1, when: 'hunter2' },
  { left: 1, when: ['hunter2'] },
  { left: 1, picky: 'hunter2' },
  { left: 1, inner: { left: 1, inner: { left: 'hunter2' } } },
  { id: 'hunter2', name: 'hunter2' },
  { id: null, name: 'hunter2' },
];

describe.each(Object.entries(types))('%s', (field, type) => {
  test.each(literals)('as the literal %s', async (literal) => {
    expectNothingRepeated(await errorsOf(`{ ${field}(value: ${literal}) }`));
  });

  test.each(values.map((value) => [JSON.stringify(value), value]))('as the variable %s', async (_name, value) => {
    expectNothingRepeated(await errorsOf(`query ($value: ${type}) { ${field}(value: $value) }`, { value }));
  });
});

describe('what is said instead helps', () => {
  test.each([
    ['{ int(value: "x") }', 'Int cannot represent non-integer value.'],
    ['{ string(value: 1) }', 'String cannot represent a non string value.'],
    ['{ colour(value: BLUE) }', 'The value does not exist in "Colour" enum.'],
    ['{ colour(value: "RED") }', 'Enum "Colour" cannot represent non-enum value.'],
    ['{ pair(value: "x") }', 'Expected value of type "Pair".'],
    ['{ pair(value: {left: 1, rigth: []}) }', 'Field "rigth" is not defined by type "Pair". Did you mean "right"?'],
    ['{ pair(value: {}) }', 'Field "Pair.left" of required type "Int!" was not provided.'],
    ['{ int(value: 1 }', 'Syntax Error: Expected Name, found "}".'],
    ['{ int(value: x y) }', 'Syntax Error: Expected ":", found ")".'],
    ['{ int(value: "x) }', 'Syntax Error: Unterminated string.'],
    ['{ intt }', 'Cannot query field "intt" on type "Query". Did you mean "int" or "ints"?'],
    ['{ int(valeu: 1) }', 'Unknown argument "valeu" on field "Query.int". Did you mean "value"?'],
    ['query A { int(value: $v) }', 'A variable is not defined by operation "A".'],
    ['{ date(value: "x") }', 'DateTime cannot represent the value.'],
  ])('%s: %s', async (query, message) => {
    expect((await errorsOf(query))[0]?.message).toBe(message);
  });

  test('and a variable’s fault names its place', async () => {
    const query = 'query ($value: [Pair!]!) { pairs(value: $value) }';
    const [error] = await errorsOf(query, { value: [{ left: 1, right: ['RED', 'BLUE'] }] });
    expect(error?.extensions.fields).toEqual([
      { path: 'value[0].right[1]', message: 'The value does not exist in "Colour" enum.' },
    ]);
  });
});
