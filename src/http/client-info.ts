import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { ClientInfo } from '../features/sessions/session.js';

const maxUserAgentLength = 512;

/** Where the request comes from. Through trusted proxies (TRUST_PROXY) Fastify tells the client's address, else the peer's. */
export function clientInfo(request: FastifyRequest): ClientInfo {
  const userAgent = request.headers['user-agent']?.trim().slice(0, maxUserAgentLength);
  return {
    ipAddress: readAddress(request.ip) ?? readAddress(request.socket.remoteAddress),
    userAgent: userAgent || null,
  };
}

/** An IPv4 client of a socket that speaks IPv6 has an address like ::ffff:192.0.2.1; a proxy may forward anything. */
function readAddress(text: string | undefined): string | null {
  const address = text?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
  return isIP(address) === 0 ? null : address;
}
