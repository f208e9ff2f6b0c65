import type { FastifyRequest } from 'fastify';
import type { ClientInfo } from '../call.js';

const maxUserAgentLength = 512;

/** Where the request comes from. */
export function clientInfo(request: FastifyRequest): ClientInfo {
  const userAgent = request.headers['user-agent']?.trim().slice(0, maxUserAgentLength);
  return { ipAddress: request.clientAddress, userAgent: userAgent || null };
}
