import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AuthError, errorMessages, isOutage } from '../errors.js';

/** Longer addresses are refused. */
export const maxUrlBytes = 8_000;

/** What is said for each status. Fastify's own messages are not used: they may quote what was sent. */
const messages: Record<number, string> = {
  400: 'The request is malformed.',
  404: 'There is nothing at this address.',
  405: 'This address takes GET and POST alone.',
  406: 'This address answers application/json or application/graphql-response+json.',
  408: 'The request took too long to arrive.',
  413: 'The body is larger than 100 kB.',
  414: 'The address is longer than 8 kB.',
  415: 'A body is JSON: Content-Type: application/json.',
  431: 'The headers are larger than 16 kB.',
};

/** A request that never reaches GraphQL. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';

  constructor(
    readonly statusCode: number,
    message = messages[statusCode],
  ) {
    super(message);
  }
}

/** Answers all that is refused or fails outside of GraphQL, in the same shape that GraphQL errors have. */
export function answerRefusals(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (isOutage(error)) return postpone(error, reply);
    const status = error.statusCode ?? 500;
    if (status >= 500) return fail(error, request, reply);
    return refuse(reply, status, error instanceof HttpRefusal ? error.message : undefined);
  });
}

/** Fastify asks this about an address that does not decode, before any route or hook. Its own answer quotes the address. */
export function refuseMalformed(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  refuse(reply, 400);
}

/** Node asks this about what it could not read as a request: there is only the socket to answer on. */
export function refuseUnread(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = statusOfUnread(error);
  const body = JSON.stringify(refusal(messages[status]));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8`;
  if (socket.writable) socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  socket.destroy(error);
}

function statusOfUnread({ code, rawPacket }: ConnectionError): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code !== 'HPE_HEADER_OVERFLOW') return 400;
  // Node shows only the piece that was too much, which begins with the address where that came in one.
  const longAddress = new RegExp(`^[A-Z]+ \\S{${maxUrlBytes}}`).test(String(rawPacket ?? ''));
  return longAddress ? 414 : 431;
}

function refuse(reply: FastifyReply, status: number, message = messages[status]) {
  return reply.code(status).send(refusal(message));
}

function refusal(message = 'The request is refused.') {
  return { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] };
}

/** An outage is no fault: nothing is logged, and whoever asked tries again. */
function postpone({ code, message, facts }: AuthError, reply: FastifyReply) {
  if (facts.retryAfterSeconds !== undefined) reply.header('retry-after', facts.retryAfterSeconds);
  return reply.code(503).send({ errors: [{ message, extensions: { code, ...facts } }] });
}

function fail(error: Error, request: FastifyRequest, reply: FastifyReply) {
  request.log.error({ requestId: request.id, err: error }, 'internal error');
  const extensions = { code: 'INTERNAL_SERVER_ERROR' as const, requestId: request.id };
  return reply.code(500).send({ errors: [{ message: errorMessages[extensions.code], extensions }] });
}
