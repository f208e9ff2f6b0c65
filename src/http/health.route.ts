import type { FastifyInstance } from 'fastify';

/** Whether this node can serve, and if not, why. */
export type Readiness = () => Promise<{ ready: true } | { ready: false; reason: string }>;

const config = { quiet: true };

/** For load balancers and orchestrators: /health/live and /health/ready. */
export async function healthRoutes(app: FastifyInstance, options: { readiness: Readiness }): Promise<void> {
  app.get('/health/live', { config }, async () => ({ status: 'live' }));
  app.get('/health/ready', { config }, async (_request, reply) => {
    const outcome = await options.readiness();
    if (outcome.ready) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', reason: outcome.reason });
  });
}
