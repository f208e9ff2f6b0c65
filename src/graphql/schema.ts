import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray } from 'type-graphql';

/** Resolver instances by class, all that a container has to be for type-graphql. */
export type Resolvers = Map<new (...services: never[]) => object, object>;

/**
 * The executable schema of these resolvers. Input is validated by the services (zod), not by type-graphql: its
 * validation errors would repeat the values, a password among them.
 */
export function createSchema(resolvers: Resolvers): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [...resolvers.keys()] as unknown as NonEmptyArray<new () => object>,
    container: { get: (someClass) => resolvers.get(someClass) },
    validate: false,
    // It would run introspection at each start; that the schema is the contract's is a test.
    skipCheck: true,
  });
}
