// The quick start of Apollo Server's Fastify integration, with a resolver that knows its answer.
import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import Fastify from 'fastify';

const typeDefs = 'type User { id: ID! email: String! firstName: String } type Query { me: User! }';
const me = { id: '1', email: 'ada@example.com', firstName: 'Ada' };

const fastify = Fastify();
const apollo = new ApolloServer({
  typeDefs,
  resolvers: { Query: { me: () => me } },
  plugins: [fastifyApolloDrainPlugin(fastify)],
});
await apollo.start();
await fastify.register(fastifyApollo(apollo));
console.log(JSON.stringify({ url: await fastify.listen({ host: '127.0.0.1', port: 0 }) }));
