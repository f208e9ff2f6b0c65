import type { FastifyInstance } from 'fastify';
import type { Keyring } from '../features/keys/keyring.js';

/** The public signing keys, for whoever verifies access tokens by themselves (RFC 7517). */
export async function jwksRoute(app: FastifyInstance, options: Pick<Keyring, 'jwks'>): Promise<void> {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*');
    // First the keys, which may be out of reach: no cache is to keep an outage for five minutes.
    const keys = JSON.stringify(await options.jwks());
    return reply.header('cache-control', 'public, max-age=300').type('application/json').send(keys);
  });
}
