import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RefreshCookie } from '../graphql/context.js';
import type { Clock } from '../platform/clock.js';
import { parseUrl } from '../platform/url.js';

/** The prefix makes browsers insist on Secure, Path=/ and no Domain: no sibling host or plain HTTP page can plant it. */
const cookieName = '__Host-latchkey';

const attributes = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;

export interface OriginSettings {
  tokenIssuer: string;
  corsOrigins: readonly string[];
}

/** The refresh cookie of this request. It counts as absent where a page of a foreign origin may have caused the request. */
export function refreshCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  settings: OriginSettings,
  clock: Clock,
): RefreshCookie {
  const { cookie } = request.headers;
  const value = cookie === undefined ? undefined : request.server.parseCookie(cookie)[cookieName];
  const presented = value && !isForeign(request, settings) ? value : null;
  let held = presented;
  return {
    presented,
    held: () => held,
    set(refreshToken, expiresAt) {
      const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - clock.now().getTime()) / 1_000));
      held = refreshToken;
      reply.setCookie(cookieName, refreshToken, { ...attributes, maxAge });
    },
    clear() {
      held = null;
      reply.clearCookie(cookieName, attributes);
    },
  };
}

/**
 * Whether a page of an origin that is neither ours nor allowed has caused the request. SameSite=Strict already keeps the
 * cookie from other sites; this covers other origins of the same site, and browsers that do not know SameSite.
 */
function isForeign(request: FastifyRequest, settings: OriginSettings): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const allowed = origin !== undefined && settings.corsOrigins.includes(origin);
  if (allowed) return false;
  if (site === 'cross-site') return true;
  return origin !== undefined && !isOwn(origin, request.headers.host, settings.tokenIssuer);
}

function isOwn(origin: string, host: string | undefined, issuer: string): boolean {
  if (origin === new URL(issuer).origin) return true;
  // Not capacitor://localhost and the like: an app shell is no page of this server, whatever it calls its host.
  const protocol = /^https?:(?=\/\/)/.exec(origin)?.[0];
  if (protocol === undefined || host === undefined) return false;
  const ownHost = hostOf(host, protocol);
  return ownHost !== null && parseUrl(origin)?.host === ownHost;
}

/** The Host header as a URL's host, so that a default port is left out on both sides. */
function hostOf(header: string, protocol: string): string | null {
  return parseUrl(`${protocol}//${header}`)?.host ?? null;
}
