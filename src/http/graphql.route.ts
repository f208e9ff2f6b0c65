import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import accepts from '@fastify/accepts';
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../call.js';
import { AuthError, unavailable } from '../errors.js';
import type { RequestContext } from '../graphql/context.js';
import { defaultMediaType } from '../graphql/server.js';
import type { Clock } from '../platform/clock.js';
import { timeLimits } from '../platform/time-limits.js';
import { within } from '../platform/timeout.js';
import { clientInfo } from './client-info.js';
import { HttpError } from './http-error.js';
import { readJsonOnly } from './json-body.js';
import { type OriginSettings, refreshCookie } from './refresh-cookie.js';

export interface GraphQLRouteOptions {
  /** Throws `SERVICE_UNAVAILABLE` while it starts. */
  service(): {
    apollo: ApolloServer<RequestContext>;
    authenticate(accessToken: string): Promise<Principal>;
  };
  clock: Clock;
  settings: OriginSettings;
  /** Answers a browser that came by its address bar; null where the playground is off. */
  showPlayground: ((reply: FastifyReply) => FastifyReply) | null;
}

const mediaTypes = [defaultMediaType, 'application/graphql-response+json; charset=utf-8'];

/** GraphQL over HTTP at /graphql, and the refresh cookie. */
export async function graphqlRoute(app: FastifyInstance, options: GraphQLRouteOptions): Promise<void> {
  await app.register(cookie, { hook: false }); // most requests bring none; refresh-cookie.ts looks
  await app.register(accepts);
  readJsonOnly(app);

  // Fastify answers HEAD by the same handler, without the body.
  app.get('/graphql', (request, reply) => {
    if (!isPageVisit(request)) return answer(request, reply, options);
    if (options.showPlayground) return options.showPlayground(reply);
    reply.callNotFound();
    return reply;
  });
  app.post('/graphql', (request, reply) => answer(request, reply, options));
  app.options('/graphql', (_request, reply) => reply.code(204).header('allow', methods).send());
  const others = ['PUT', 'PATCH', 'DELETE', 'TRACE'];
  app.route({ method: others, url: '/graphql', onRequest: rejectMethod, handler: rejectMethod });
}

const methods = 'GET, HEAD, POST, OPTIONS';

/** As a hook, so that it comes before any complaint about the body. */
async function rejectMethod(_request: FastifyRequest, reply: FastifyReply): Promise<never> {
  reply.header('allow', methods);
  throw new HttpError(405);
}

/** Whether a browser opened the bare address. With a query it wants the answer. */
function isPageVisit(request: FastifyRequest): boolean {
  const asked = new URL(request.url, 'http://localhost').searchParams;
  return !asked.has('query') && (request.headers.accept ?? '').includes('text/html');
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  options: GraphQLRouteOptions,
): Promise<FastifyReply> {
  // First, since Apollo would reject the header only after it has carried out the mutation.
  const accept = negotiate(request);
  if (accept === false) throw new HttpError(406);
  const { apollo, authenticate } = options.service();
  const answered = apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method === 'POST' ? 'POST' : 'GET',
      headers: headersForApollo(request, accept),
      search: request.method === 'POST' ? '' : readSearch(request.url),
      body: readBody(request.body),
    },
    context: async () => createContext(request, reply, authenticate, options),
  });
  // Each step has a time limit of its own; a request with many slow steps is not to take them all.
  const response = await within(timeLimits.answerMs, answered);
  if (!response) throw unavailable('The database is too slow to answer in time.', 2);
  return send(response, reply);
}

/** The media type chosen for each Accept header. Clients send few different ones, so a small cache is enough. */
const negotiated = new LRUCache<string, string | false>({ max: 100 });

function negotiate(request: FastifyRequest): string | false {
  const { accept = '*/*' } = request.headers;
  const known = negotiated.get(accept);
  if (known !== undefined) return known;
  const type = request.type([...mediaTypes]);
  const choice = typeof type === 'string' ? type : false;
  negotiated.set(accept, choice);
  return choice;
}

/**
 * What Apollo would take for something else: null and an empty parameter mean that it was left out, and an empty query
 * is a document that does not parse.
 */
function readSearch(url: string): string {
  const params = new URL(url, 'http://localhost').searchParams;
  const is = (name: string, ...values: string[]) => {
    const [value, another] = params.getAll(name);
    return value !== undefined && another === undefined && values.includes(value);
  };
  if (is('query', '')) params.set('query', ' ');
  if (is('operationName', '')) params.delete('operationName');
  for (const name of ['variables', 'extensions']) if (is(name, '', 'null')) params.delete(name);
  return `?${params}`;
}

/** The same for a body. */
function readBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const { query, operationName } = body as { query?: unknown; operationName?: unknown };
  return { ...body, ...(query === '' ? { query: ' ' } : {}), ...(operationName === '' ? { operationName: null } : {}) };
}

/**
 * The two headers that Apollo reads. Accept is the media type that was chosen, so that Apollo and the status
 * (graphql/server.ts) choose the same one; the default is left out, which spares Apollo parsing it.
 */
function headersForApollo({ headers }: FastifyRequest, accept: string): HeaderMap {
  const map = new HeaderMap();
  if (headers['content-type'] !== undefined) map.set('content-type', headers['content-type']);
  if (accept !== defaultMediaType) map.set('accept', accept);
  return map;
}

function send(response: HTTPGraphQLResponse, reply: FastifyReply): FastifyReply {
  if (response.body.kind !== 'complete') throw new Error('Incremental delivery is not part of this schema.');
  for (const [name, value] of response.headers) reply.header(name, value);
  // Answers hold tokens and personal data, which no cache may keep (RFC 6749, section 5.1).
  reply.header('cache-control', 'no-store');
  return reply.code(response.status ?? 200).send(response.body.string);
}

function createContext(
  request: FastifyRequest,
  reply: FastifyReply,
  authenticate: (accessToken: string) => Promise<Principal>,
  options: GraphQLRouteOptions,
): RequestContext {
  const { authorization } = request.headers;
  const call = { client: clientInfo(request) };
  return {
    requestId: request.id,
    call,
    signedIn: async () => ({ ...call, principal: await authenticate(readBearer(authorization)) }),
    cookie: refreshCookie(request, reply, options.settings, options.clock),
    noteErrors(codes) {
      request.errorCodes = codes;
    },
  };
}

/** The token of the Authorization header (RFC 6750, section 2.1). Throws `UNAUTHENTICATED` with the reason. */
function readBearer(authorization: string | undefined): string {
  if (!authorization) throw new AuthError('UNAUTHENTICATED', { reason: 'MISSING' });
  const token = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new AuthError('UNAUTHENTICATED', { reason: 'INVALID' });
  return token;
}
