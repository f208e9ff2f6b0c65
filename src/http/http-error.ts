import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AuthError, errorMessage, isOutage } from '../errors.js';

/** A longer URL is rejected with 414. */
export const maxUrlBytes = 8_000;

/** The message of each status. Fastify's own messages are not used, since they may quote the request. */
const messages: Record<number, string> = {
  400: 'The request is malformed.',
  404: 'There is nothing at this address.',
  405: 'Only GET and POST are allowed here.',
  406: 'This address answers application/json or application/graphql-response+json.',
  408: 'The request took too long to arrive.',
  413: 'The body is larger than 100 kB.',
  414: 'The URL is longer than 8 kB.',
  415: 'The body must be JSON: Content-Type: application/json.',
  431: 'The headers are larger than 16 kB.',
};

/** A request that is rejected before it reaches GraphQL. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly statusCode: number,
    message = messages[statusCode],
  ) {
    super(message);
  }
}

/** Answers every error outside of GraphQL, in the shape that GraphQL errors have. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => reject(reply, 404));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (isOutage(error)) return answerOutage(error, reply);
    const status = error.statusCode ?? 500;
    if (status >= 500) return answerInternalError(error, request, reply);
    return reject(reply, status, error instanceof HttpError ? error.message : undefined);
  });
}

/** Answers a URL that does not decode. Fastify finds it before any route or hook, and its own answer would quote it. */
export function answerMalformedUrl(reply: FastifyReply): void {
  reject(reply, 400);
}

/** How long the rest of an unparsable request may still arrive, in milliseconds. */
const lingerMs = 1_000;

/** Node calls this for bytes that it could not parse as a request: there is a socket to answer on, and no request. */
export function answerUnparsable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || socket.writableEnded) return;
  const status = statusOfUnparsable(error);
  const body = JSON.stringify(errorBody(messages[status]));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  // Closed while more of the request arrives, the connection would be reset, and the answer be lost on its way.
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function statusOfUnparsable({ code, rawPacket }: ConnectionError): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code !== 'HPE_HEADER_OVERFLOW') return 400;
  // Node shows only the chunk that was too much. A long URL is recognised where it came in one chunk.
  const longUrl = new RegExp(`^[A-Z]+ \\S{${maxUrlBytes}}`).test(String(rawPacket ?? ''));
  return longUrl ? 414 : 431;
}

function reject(reply: FastifyReply, status: number, message = messages[status]) {
  return reply.code(status).send(errorBody(message));
}

function errorBody(message = 'The request is rejected.') {
  return { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] };
}

/** An outage is not an error of this server: nothing is logged, and the client retries. */
function answerOutage({ code, message, facts }: AuthError, reply: FastifyReply) {
  if (facts.retryAfterSeconds !== undefined) reply.header('retry-after', facts.retryAfterSeconds);
  return reply.code(503).send({ errors: [{ message, extensions: { code, ...facts } }] });
}

function answerInternalError(error: Error, request: FastifyRequest, reply: FastifyReply) {
  request.log.error({ requestId: request.id, err: error }, 'internal error');
  const extensions = { code: 'INTERNAL_SERVER_ERROR' as const, requestId: request.id };
  return reply.code(500).send({ errors: [{ message: errorMessage(extensions.code), extensions }] });
}
