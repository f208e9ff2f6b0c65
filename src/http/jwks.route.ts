import type { FastifyInstance } from 'fastify';
import type { Keyring } from '../features/keys/keyring.js';

const url = '/.well-known/jwks.json';
const config = { anyOrigin: true };

/** The public signing keys (RFC 7517), for services that verify access tokens themselves. */
export async function jwksRoute(app: FastifyInstance, options: Pick<Keyring, 'jwks'>): Promise<void> {
  app.get(url, { config }, async (_request, reply) => {
    // First the keys, which may be out of reach: no cache may keep an outage for five minutes.
    const keys = JSON.stringify(await options.jwks());
    return reply.header('cache-control', 'public, max-age=300').type('application/json').send(keys);
  });
  app.options(url, { config }, (_request, reply) => reply.code(204).header('allow', 'GET, HEAD, OPTIONS').send());
}
