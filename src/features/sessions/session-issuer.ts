import type { Call } from '../../call.js';
import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import type { Keyring, Signer } from '../keys/keyring.js';
import type { TokenService } from '../tokens/token.service.js';
import type { AuthenticationMethod } from '../users/user.js';
import { withSpent } from './rotation.js';
import { accessExpiry, expiryAfterUse, type Session, type SessionSettings } from './session.js';

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
 * Makes sessions and signs their tokens. It stores nothing: the gate signs first and commits afterwards, so that an outage
 * in between leaves nothing half done.
 */
export function createSessionIssuer({ tokens, keyring, clock, settings }: Deps) {
  /** Signs the pair of a session; `signer` signs the access token, and the refresh token where it is the session's. */
  async function sign(session: Session, signer: Signer): Promise<IssuedSession> {
    const now = clock.now();
    const accessTokenExpiresAt = accessExpiry(session, now, settings.accessTokenTtl);
    const accessToken = await tokens.signAccess(signer, session, now, accessTokenExpiresAt);
    // A token that a revoked key signed is dead anyway: then the key that signs now takes its place.
    const refreshSigner = session.refreshKid === signer.kid ? signer : await keyring.signerOf(session.refreshKid);
    const refreshToken = await tokens.signRefresh(refreshSigner, {
      userId: session.userId,
      sessionId: session.id,
      generation: session.generation,
      issuedAt: session.refreshIssuedAt,
      expiresAt: session.expiresAt,
      jti: session.refreshJti,
    });
    return { session, accessToken, accessTokenExpiresAt, refreshToken };
  }

  return {
    /** A new session of this account that starts now, proved by these methods, with its first tokens. */
    async start(userId: string, methods: AuthenticationMethod[], { client }: Call): Promise<IssuedSession> {
      const signer = await keyring.signer();
      const now = clock.now();
      const absoluteExpiresAt = new Date(now.getTime() + settings.sessionTtl);
      const session: Session = {
        id: newId(),
        userId,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: expiryAfterUse(now, absoluteExpiresAt, settings.refreshTokenTtl),
        absoluteExpiresAt,
        endedAt: null,
        ipAddress: client.ipAddress,
        userAgent: client.userAgent,
        methods,
        authenticatedAt: now,
        generation: 0,
        refreshIssuedAt: now,
        refreshJti: newId(),
        refreshKid: signer.kid,
        recentlySpent: [],
      };
      return sign(session, signer);
    },

    /** The session as its next refresh token finds it, with its next tokens. */
    async rotate(session: Session): Promise<IssuedSession> {
      const signer = await keyring.signer();
      const now = clock.now(); // after the key was read: the grace of the spent token begins here
      const next: Session = {
        ...session,
        generation: session.generation + 1,
        lastUsedAt: now,
        expiresAt: expiryAfterUse(now, session.absoluteExpiresAt, settings.refreshTokenTtl),
        refreshIssuedAt: now,
        refreshJti: newId(),
        refreshKid: signer.kid,
        recentlySpent: withSpent(session.recentlySpent, session.generation, now, settings.refreshGrace),
      };
      return sign(next, signer);
    },

    /** The current tokens of the session again: the refresh token byte for byte, a fresh access token. */
    async repeat(session: Session): Promise<IssuedSession> {
      return sign(session, await keyring.signer());
    },
  };
}
