import { AuthError } from '../../errors.js';
import type { Background } from '../../platform/background.js';
import type { Clock } from '../../platform/clock.js';
import { isId, newId } from '../../platform/ids.js';
import type { Keyring } from '../keys/keyring.js';
import { type AccessClaims, type RefreshClaims, TokenFault } from '../tokens/token.js';
import type { TokenService } from '../tokens/token.service.js';
import type { User } from '../users/user.js';
import { judgeRotation, withSpent } from './rotation.js';
import {
  accessExpiry,
  type ClientInfo,
  expiryAfterUse,
  lastUsedExactnessMs,
  type Principal,
  type Session,
  type SessionSettings,
  whyOver,
} from './session.js';
import type { SessionStore } from './session.store.js';

export type SessionService = ReturnType<typeof createSessionService>;

/** A session with the pair of tokens that was issued for it just now. */
export interface IssuedSession {
  session: Session;
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
}

interface Deps {
  store: SessionStore;
  tokens: TokenService;
  keyring: Keyring;
  clock: Clock;
  background: Background;
  log: { warn(facts: object, message: string): void };
  settings: SessionSettings;
}

export function createSessionService({ store, tokens, keyring, clock, background, log, settings }: Deps) {
  async function issue(session: Session): Promise<IssuedSession> {
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
  }

  async function presented(refreshToken: string): Promise<RefreshClaims> {
    try {
      return await tokens.readRefresh(refreshToken);
    } catch (error) {
      if (error instanceof TokenFault) throw refusedRefresh(error.reason);
      throw error;
    }
  }

  async function rotate(session: Session): Promise<Session | null> {
    const now = clock.now();
    return store.rotate(session.id, session.generation, {
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
  async function tryRefresh(claims: RefreshClaims): Promise<Principal | null> {
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

  /** The session that the token names, ended; one that is not ours names none. */
  async function endNamed(reading: Promise<AccessClaims>): Promise<string[]> {
    try {
      const { sessionId, userId } = await reading;
      return await store.end(sessionId, userId, clock.now());
    } catch (error) {
      if (error instanceof TokenFault) return [];
      throw error;
    }
  }

  function touch(session: Session): void {
    const now = clock.now();
    if (now.getTime() - session.lastUsedAt.getTime() < lastUsedExactnessMs) return;
    background.run(() => store.touch(session.id, now));
  }

  return {
    issue,

    /** A new session of this user that starts now; nothing is stored yet. */
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

    /** The caller that this access token names. Throws `UNAUTHENTICATED` with the reason. */
    async authenticate(accessToken: string): Promise<Principal> {
      const claims = await tokens.verifyAccess(accessToken).catch((error: unknown) => {
        throw error instanceof TokenFault ? new AuthError('UNAUTHENTICATED', { reason: error.reason }) : error;
      });
      const principal = await store.findWithUser(claims.sessionId);
      if (!principal || principal.user.id !== claims.userId) throw sessionEnded();
      const over = whyOver(principal.session, clock.now());
      if (over) throw new AuthError('UNAUTHENTICATED', { reason: over });
      touch(principal.session);
      return principal;
    },

    /** Trades a refresh token by the contract's table. Throws `INVALID_REFRESH_TOKEN` with the reason. */
    async refresh(refreshToken: string): Promise<{ issued: IssuedSession; user: User }> {
      const claims = await presented(refreshToken);
      for (;;) {
        const refreshed = await tryRefresh(claims);
        if (refreshed) return { issued: await issue(refreshed.session), user: refreshed.user };
      }
    },

    /** The caller's live sessions, most recently used first. */
    list(caller: { user: User }): Promise<Session[]> {
      return store.listLive(caller.user.id, clock.now());
    },

    /** Ends one of this user's sessions. Answers the ids that it ended: none where it is not a live one of theirs. */
    async end(sessionId: string, userId: string): Promise<string[]> {
      return isId(sessionId) ? store.end(sessionId, userId, clock.now()) : [];
    },

    /** Ends the session that the caller is using. Throws `UNAUTHENTICATED` where somebody else just ended it. */
    async endCurrent(caller: Principal): Promise<string[]> {
      const ended = await store.end(caller.session.id, caller.user.id, clock.now());
      if (ended.length === 0) throw sessionEnded();
      return ended;
    },

    /** Ends the session of the caller's refresh cookie. Throws `UNAUTHENTICATED` where it is not a live one. */
    async endCurrentByCookie(refreshToken: string): Promise<string[]> {
      const ended = await endNamed(tokens.readRefresh(refreshToken));
      if (ended.length === 0) throw sessionEnded();
      return ended;
    },

    /** Ends the session that a token of either kind names; holding it proves the right to. One not of ours ends nothing. */
    endByToken(token: string): Promise<string[]> {
      return endNamed(tokens.readAny(token));
    },

    /** Ends all of the caller's sessions, or all but the current one. Throws `UNAUTHENTICATED` if that is over by now. */
    async endAll(caller: Principal, keepCurrent: boolean): Promise<string[]> {
      const ids = { userId: caller.user.id, sessionId: caller.session.id };
      const ended = await store.endAll(ids, keepCurrent, clock.now());
      if (!ended) throw sessionEnded();
      return ended;
    },

    /** Whether the session of this refresh token could still be used. A text that is no token has no live session. */
    async isLive(refreshToken: string): Promise<boolean> {
      try {
        const session = await store.find((await tokens.readRefresh(refreshToken)).sessionId);
        return session !== null && whyOver(session, clock.now()) === null;
      } catch (error) {
        if (error instanceof TokenFault) return false;
        throw error;
      }
    },
  };
}

/** The session of the presented access token ended before the call could count. */
export function sessionEnded(): AuthError {
  return new AuthError('UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
}

function refusedRefresh(reason: 'INVALID' | 'EXPIRED' | 'REUSED' | 'SESSION_ENDED'): AuthError {
  return new AuthError('INVALID_REFRESH_TOKEN', { reason });
}
