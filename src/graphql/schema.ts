import 'reflect-metadata';
import { type GraphQLObjectType, GraphQLScalarType, type GraphQLSchema } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import { buildSchema, type NonEmptyArray } from 'type-graphql';

type ResolverClass = new (...services: never[]) => object;

/**
 * The executable schema of these resolvers. Input is validated by the services (zod), not by type-graphql: its
 * validation errors would repeat the values, a password among them.
 */
export async function createSchema(resolvers: readonly object[]): Promise<GraphQLSchema> {
  // Instances by class, all that a container has to be for type-graphql.
  const byClass = new Map(resolvers.map((resolver) => [resolver.constructor as ResolverClass, resolver]));
  const schema = await buildSchema({
    resolvers: [...byClass.keys()] as unknown as NonEmptyArray<new () => object>,
    container: { get: (someClass) => byClass.get(someClass) },
    scalarsMap: [{ type: Date, scalar: instant }],
    validate: false,
    // It would run introspection at each start; that the schema is the contract's is a test.
    skipCheck: true,
  });
  describe(schema.getQueryType(), 'Read operations.');
  describe(schema.getMutationType(), 'Operations that change something.');
  return schema;
}

const instant = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  description: 'An instant, ISO 8601, UTC.',
});

/** Decorators give the root types no description. */
function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}
