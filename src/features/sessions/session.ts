import { wholeSeconds } from '../tokens/token.js';
import type { AuthenticationMethod } from '../users/user.js';
import type { SpentTokens } from './rotation.js';

/** A signed-in device: what a login starts and a logout ends. */
export interface Session {
  id: string;
  userId: string;
  createdAt: Date;
  lastUsedAt: Date;
  /** The earlier of the idle and the absolute limit. */
  expiresAt: Date;
  absoluteExpiresAt: Date;
  endedAt: Date | null;
  ipAddress: string | null;
  userAgent: string | null;
  /** How its user proved who they are: what signed in, and what was proved since. */
  methods: AuthenticationMethod[];
  /** The latest such proof. */
  authenticatedAt: Date;
  /** The rotation that the current refresh token belongs to; 0 is the one that the login gave. */
  generation: number;
  refreshIssuedAt: Date;
  refreshJti: string;
  refreshKid: string;
  recentlySpent: SpentTokens[];
}

/** What a request needs to know of the session that it belongs to. */
export type CurrentSession = Pick<Session, 'id' | 'lastUsedAt' | 'expiresAt' | 'endedAt'>;

export type EndReason =
  | 'LOGOUT'
  | 'REUSED'
  | 'SESSION_LIMIT'
  | 'PASSWORD_CHANGED'
  | 'PASSWORD_RESET'
  | 'DEACTIVATED'
  | 'OPERATOR';

/** All lengths of time in ms. */
export interface SessionSettings {
  accessTokenTtl: number;
  /** Idle limit. */
  refreshTokenTtl: number;
  /** Absolute limit. */
  sessionTtl: number;
  refreshGrace: number;
}

/** How many live sessions an account may have; one more ends the least recently used. */
export const maxSessionsPerUser = 100;

/** `lastUsedAt` is exact to this. */
export const lastUsedExactnessMs = 60_000;

/** Whether `lastUsedAt` is no longer exact, so that this use has to be noted. */
export function isUseDue({ lastUsedAt }: Pick<Session, 'lastUsedAt'>, now: Date): boolean {
  return now.getTime() - lastUsedAt.getTime() >= lastUsedExactnessMs;
}

/** Why a session can no longer be used; null while it can. One that was ended after it had expired counts as expired. */
export function whyOver(
  { endedAt, expiresAt }: Pick<Session, 'endedAt' | 'expiresAt'>,
  now: Date,
): 'SESSION_ENDED' | 'EXPIRED' | null {
  if (endedAt !== null) return endedAt < expiresAt ? 'SESSION_ENDED' : 'EXPIRED';
  return expiresAt <= now ? 'EXPIRED' : null;
}

/** When a session that was refreshed at this time expires. */
export function expiryAfterUse(usedAt: Date, absoluteExpiresAt: Date, idleTtl: number): Date {
  return wholeSeconds(new Date(Math.min(usedAt.getTime() + idleTtl, absoluteExpiresAt.getTime())));
}

/** When an access token issued now expires: never after its session. */
export function accessExpiry(session: Session, now: Date, accessTtl: number): Date {
  return wholeSeconds(new Date(Math.min(now.getTime() + accessTtl, session.expiresAt.getTime())));
}
