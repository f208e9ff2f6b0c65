import { AuthError, unavailable } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import type { Keyring } from '../keys/keyring.js';
import { type RefreshClaims, TokenFault } from '../tokens/token.js';
import type { TokenService } from '../tokens/token.service.js';
import type { User } from '../users/user.js';
import { judgeRotation, withSpent } from './rotation.js';
import { expiryAfterUse, type Session, type SessionSettings, whyOver } from './session.js';
import type { SessionStore } from './session.store.js';
import type { IssuedSession, SessionIssuer } from './session-issuer.js';

export type RefreshService = ReturnType<typeof createRefreshService>;

interface Deps {
  store: SessionStore;
  issuer: SessionIssuer;
  tokens: TokenService;
  keyring: Keyring;
  clock: Clock;
  log: { warn(facts: object, message: string): void };
  settings: SessionSettings;
}

export function createRefreshService({ store, issuer, tokens, keyring, clock, log, settings }: Deps) {
  async function readPresented(refreshToken: string): Promise<RefreshClaims> {
    try {
      return await tokens.readRefresh(refreshToken);
    } catch (error) {
      if (error instanceof TokenFault) throw refusedRefresh(error.reason);
      throw error;
    }
  }

  async function rotate(session: Session): Promise<Session | null> {
    const now = clock.now();
    return store.rotate(session, {
      at: now,
      jti: newId(),
      kid: await keyring.signingKid(),
      expiresAt: expiryAfterUse(now, session.absoluteExpiresAt, settings.refreshTokenTtl),
      recentlySpent: withSpent(session.recentlySpent, session.generation, now, settings.refreshGrace),
    });
  }

  async function endReused(session: Session): Promise<boolean> {
    const ended = await store.endReused(session.id, session.generation, clock.now());
    if (ended) log.warn({ sessionId: session.id, userId: session.userId }, 'refresh token reused, session ended');
    return ended;
  }

  /** One look at the row, one verdict, one conditional write. Null: the row changed in between, look again. */
  async function tryRefresh(claims: RefreshClaims): Promise<{ session: Session; user: User } | null> {
    const found = await store.findWithUser(claims.sessionId);
    if (!found) throw refusedRefresh(claims.expiresAt <= clock.now() ? 'EXPIRED' : 'SESSION_ENDED');
    const { session, user } = found;
    if (user.id !== claims.userId) throw refusedRefresh('INVALID');
    const over = whyOver(session, clock.now());
    if (over) throw refusedRefresh(over);

    switch (judgeRotation(session, claims.generation, clock.now(), settings.refreshGrace)) {
      case 'ROTATE': {
        const rotated = await rotate(session);
        return rotated && { session: rotated, user };
      }
      case 'REPEAT':
        return found;
      case 'REUSED':
        if (!(await endReused(session))) return null;
        throw refusedRefresh('REUSED');
      case 'AHEAD':
        // Only a restored backup knows less than its tokens. That is not the client's doing, so never REUSED.
        log.warn({ sessionId: session.id }, 'refresh token is ahead of its session: was a backup restored?');
        throw refusedRefresh('SESSION_ENDED');
    }
  }

  return {
    /**
     * Trades a refresh token by the table in rotation.ts. Throws `INVALID_REFRESH_TOKEN` with the reason, and
     * `SERVICE_UNAVAILABLE` where others are faster all the time.
     */
    async refresh(refreshToken: string): Promise<{ issued: IssuedSession; user: User }> {
      const claims = await readPresented(refreshToken);
      // Each turn means that another caller was faster; twenty in a row are more than a storm of tabs can cause.
      for (let turn = 0; turn < 20; turn++) {
        const refreshed = await tryRefresh(claims);
        if (refreshed) return { issued: await issuer.issue(refreshed.session), user: refreshed.user };
      }
      throw unavailable('The session is being refreshed too often at once.', 1);
    },
  };
}

function refusedRefresh(reason: 'INVALID' | 'EXPIRED' | 'REUSED' | 'SESSION_ENDED'): AuthError {
  return new AuthError('INVALID_REFRESH_TOKEN', { reason });
}
