import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import type { Keyring } from '../keys/keyring.js';
import type { TokenService } from '../tokens/token.service.js';
import { accessExpiry, type ClientInfo, expiryAfterUse, type Session, type SessionSettings } from './session.js';

export type SessionIssuer = ReturnType<typeof createSessionIssuer>;

/** A session with the pair of tokens that was issued for it just now. */
export interface IssuedSession {
  session: Session;
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
}

interface Deps {
  tokens: TokenService;
  keyring: Keyring;
  clock: Clock;
  settings: SessionSettings;
}

/**
 * Makes sessions and signs their tokens. Neither stores anything: whoever starts a session signs first and commits
 * afterwards, so that an outage in between leaves nothing half done.
 */
export function createSessionIssuer({ tokens, keyring, clock, settings }: Deps) {
  return {
    /** A new session of this user that starts now. */
    async prepare(userId: string, client: ClientInfo): Promise<Session> {
      const now = clock.now();
      const absoluteExpiresAt = new Date(now.getTime() + settings.sessionTtl);
      return {
        id: newId(),
        userId,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: expiryAfterUse(now, absoluteExpiresAt, settings.refreshTokenTtl),
        absoluteExpiresAt,
        endedAt: null,
        ...client,
        generation: 0,
        refreshIssuedAt: now,
        refreshJti: newId(),
        refreshKid: await keyring.signingKid(),
        recentlySpent: [],
      };
    },

    /** The current pair of tokens of the session: the refresh token byte for byte, a fresh access token. */
    async issue(session: Session): Promise<IssuedSession> {
      const now = clock.now();
      const accessTokenExpiresAt = accessExpiry(session, now, settings.accessTokenTtl);
      const accessToken = await tokens.signAccess(session, now, accessTokenExpiresAt);
      const refreshToken = await tokens.signRefresh({
        userId: session.userId,
        sessionId: session.id,
        generation: session.generation,
        issuedAt: session.refreshIssuedAt,
        expiresAt: session.expiresAt,
        jti: session.refreshJti,
        kid: session.refreshKid,
      });
      return { session, accessToken, accessTokenExpiresAt, refreshToken };
    },
  };
}
