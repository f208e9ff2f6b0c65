// What tutorials build: Apollo Server standalone, type-graphql, Prisma, a JWT, and the session's row on each request.
// On Latchkey's own tables, so that both look at the same rows.
import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { buildSchema, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { PrismaClient as Postgresql } from '../../src/platform/database/generated/postgresql/client.js';
import { PrismaClient as Sqlite } from '../../src/platform/database/generated/sqlite/client.js';

const [databaseUrl, jwksUrl] = process.argv.slice(2);
const prisma = databaseUrl.startsWith('file:')
  ? new Sqlite({ adapter: new PrismaBetterSqlite3({ url: databaseUrl.slice('file:'.length) }) })
  : new Postgresql({ adapter: new PrismaPg({ connectionString: databaseUrl }) });
const keys = createRemoteJWKSet(new URL(jwksUrl));

function decorate(decorators, target, key) {
  for (const decorator of decorators) decorator(target, key, key && Object.getOwnPropertyDescriptor(target, key));
}

class User {}
decorate([Field(() => ID)], User.prototype, 'id');
decorate([Field(() => String)], User.prototype, 'email');
decorate([Field(() => String, { nullable: true })], User.prototype, 'firstName');
decorate([ObjectType()], User);

class MeResolver {
  async me(context) {
    const { payload } = await jwtVerify(context.token, keys);
    const session = await prisma.session.findUnique({ where: { id: payload.sid }, include: { user: true } });
    if (!session || session.endedAt || session.expiresAt < new Date()) throw new Error('Not authenticated');
    return session.user;
  }
}
Ctx()(MeResolver.prototype, 'me', 0);
decorate([Query(() => User)], MeResolver.prototype, 'me');
decorate([Resolver()], MeResolver);

const schema = await buildSchema({ resolvers: [MeResolver], validate: false });
const { url } = await startStandaloneServer(new ApolloServer({ schema }), {
  listen: { host: '127.0.0.1', port: 0 },
  context: async ({ req }) => ({ token: (req.headers.authorization ?? '').slice('Bearer '.length) }),
});
console.log(JSON.stringify({ url: url.replace(/\/$/, '') }));
