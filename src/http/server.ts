import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from 'fastify';
import { timeLimits } from '../platform/time-limits.js';
import { clientAddressReader } from './client-address.js';
import { addCors, createCors } from './cors.js';
import { answerErrors, answerMalformedUrl, answerUnparsable, HttpError, maxUrlBytes } from './http-error.js';

const maxBodyBytes = 100_000;
const maxHeaderBytes = 16_000;
/** Node rejects more than this while reading. Below it we can say which limit was exceeded. */
const maxHeadBytes = 64_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its requests are logged at the level debug: probes and files, which would drown the rest. */
    quiet?: boolean;
  }
  interface FastifyRequest {
    /** Of the client, read through the trusted proxies. Null where the peer has gone already. */
    clientAddress: string | null;
    /** Of the GraphQL errors that it was answered with; for its log line. */
    errorCodes: string[] | undefined;
  }
}

export interface ServerSettings {
  /** Addresses and CIDR ranges of the proxies whose X-Forwarded-For counts. */
  trustProxy: readonly string[];
  /** The origins whose pages may read answers. */
  corsOrigins: readonly string[];
}

/** Fastify with the limits of the contract, CORS, one log line per request, and errors that quote nothing. */
export function createServer(settings: ServerSettings, log: FastifyBaseLogger): FastifyInstance {
  const cors = createCors(settings.corsOrigins);
  const app = fastify({
    loggerInstance: log,
    // Making a logger for each request would take longer than writing its line. So our lines name the request themselves,
    // Fastify's few warnings name none, and a route's own `logLevel` would have no effect.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBodyBytes,
    requestTimeout: timeLimits.receiveMs,
    // Ours alone: an id that a caller could choose would let it write into the log.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false, // connections that are open already are served while there is a service
    frameworkErrors: (_error, request, reply) => {
      if (!cors(request, reply).answered) answerMalformedUrl(reply);
    },
    clientErrorHandler: answerUnparsable,
    http: { maxHeaderSize: maxHeadBytes, headersTimeout: timeLimits.receiveMs },
  });
  const readClientAddress = clientAddressReader(settings.trustProxy);
  app.decorateRequest('clientAddress', null);
  app.decorateRequest('errorCodes', undefined);
  app.decorate('furtherListeners', []);
  // With callbacks: each promise would cost every request a little.
  app.addHook('onRequest', (request, reply, done) => {
    // Once, and before the answer: a socket that has closed does not know its peer any more.
    request.clientAddress = readClientAddress(request.socket.remoteAddress, forwardedFor(request));
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  addCors(app, cors);
  app.addHook('onRequest', (request, _reply, done) => done(whyOversized(request)));
  app.addHook('onResponse', (request, reply, done) => {
    const { id: requestId, method, clientAddress: ip, errorCodes: errors } = request;
    // The path alone: a query string may hold a whole operation.
    const path = request.url.split('?', 1)[0];
    const facts = { requestId, method, path, status: reply.statusCode, errors, ms: Math.round(reply.elapsedTime), ip };
    log[request.routeOptions.config?.quiet ? 'debug' : 'info'](facts, 'request');
    done();
  });
  // Browsers ask for it wherever they are.
  app.get('/favicon.ico', { config: { quiet: true } }, (_request, reply) =>
    reply.code(204).header('cache-control', 'public, max-age=86400').send(),
  );
  drainConnections(app);
  answerErrors(app);
  return app;
}

/** Node joins several header lines with commas, in their order. */
function forwardedFor({ headers }: FastifyRequest): string | undefined {
  return headers['x-forwarded-for']?.toString();
}

/** Before closing: long enough to read what has been sent already, even when the event loop is busy. */
const readPendingMs = 100;
/** How long a connection that has sent nothing yet may still do so once the server closes. */
const unusedConnectionTimeoutMs = 1_000;

/**
 * So that closing waits for requests and not for connections, which clients keep open for minutes: an answer given while
 * closing is the last one of its connection, and connections opened ahead and never used (which Node takes for busy) are
 * destroyed. None is destroyed at once: one that looks idle or unused may have sent a request that waits to be read.
 */
function drainConnections(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  let closing = false;
  let opened = 0;
  app.server.on('connection', (socket: Socket) => {
    opened++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('preClose', async () => {
    closing = true;
    if (sockets.size > 0) await sleep(readPendingMs);
    await noneArrives(() => opened);
    for (const listener of app.furtherListeners) listener.close();
    setTimeout(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, unusedConnectionTimeoutMs).unref();
  });
}

/**
 * Until no more connections come, for half a second at most. The event loop accepts one a turn, and what is still queued
 * when the listener closes is reset by the system, request and all: on a busy machine that can be many.
 */
async function noneArrives(opened: () => number): Promise<void> {
  const deadline = performance.now() + 500;
  for (let turnsWithout = 0; turnsWithout < 3 && performance.now() < deadline; turnsWithout++) {
    const before = opened();
    await nextTurn();
    if (opened() !== before) turnsWithout = 0;
  }
}

function whyOversized(request: FastifyRequest): HttpError | undefined {
  const { url = '', rawHeaders } = request.raw;
  if (url.length > maxUrlBytes) return new HttpError(414);
  let headerBytes = 0;
  for (const text of rawHeaders) headerBytes += text.length + 2;
  return headerBytes > maxHeaderBytes ? new HttpError(431) : undefined;
}

/** Waits for the requests in flight; those that take longer than `ms` are cut off. */
export async function closeServer(app: FastifyInstance, ms: number): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), ms);
  // Fastify closes its own listener; another one has closed when the last of its connections has.
  const closed = app.furtherListeners.map((listener) => once(listener, 'close'));
  await Promise.all([app.close(), ...closed]).finally(() => clearTimeout(late));
}
