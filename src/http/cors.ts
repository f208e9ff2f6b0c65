import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of any origin may read this route, without credentials. */
    anyOrigin?: boolean;
  }
}

/** Also those that no address takes: a page is to see the 405, and not a network error. */
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** Sets what the request's origin may read. Answers the request where it is a preflight that passes. */
export type Cors = (request: FastifyRequest, reply: FastifyReply) => { answered: boolean };

/**
 * CORS (fetch.spec.whatwg.org) for pages of these origins, compared as strings, at every address and for every status:
 * without the headers a page sees a network error in place of a 404 or 431.
 */
export function createCors(origins: readonly string[]): Cors {
  const allowed = new Set(origins);
  return (request, reply) => {
    const { origin } = request.headers;
    const anyOrigin = request.routeOptions.config?.anyOrigin === true;
    if (anyOrigin) reply.header('access-control-allow-origin', '*');
    else if (allowed.size > 0) reply.header('vary', 'Origin');
    if (origin === undefined || !(anyOrigin || allowed.has(origin))) return { answered: false };
    if (!anyOrigin) allowWithCredentials(origin, reply);
    if (!isPreflight(request)) return { answered: false };
    answerPreflight(request, reply);
    return { answered: true };
  };
}

/** Registers the hook that runs `cors`. Hooks that may reject come after it, so that their answers have the headers. */
export function addCors(app: FastifyInstance, cors: Cors): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!cors(request, reply).answered) done();
  });
}

function allowWithCredentials(origin: string, reply: FastifyReply): void {
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-allow-credentials', 'true');
  reply.header('access-control-expose-headers', 'Retry-After');
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight({ headers }: FastifyRequest, reply: FastifyReply): void {
  const requested = headers['access-control-request-headers'];
  reply.header('access-control-allow-methods', methods);
  if (requested !== undefined) reply.header('access-control-allow-headers', requested);
  reply.header('access-control-max-age', '600');
  reply.code(204).send();
}
