import type { FastifyInstance } from 'fastify';
import type { Keyring } from '../features/keys/keyring.js';

/** The public signing keys, for whoever verifies access tokens by themselves (RFC 7517). */
export async function jwksRoute(app: FastifyInstance, options: { keyring: Keyring }): Promise<void> {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    reply.header('access-control-allow-origin', '*');
    return reply.type('application/json').send(JSON.stringify(await options.keyring.jwks()));
  });
}
