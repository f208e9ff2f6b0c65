import { AuthError, unavailable } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import type { Keyring } from '../keys/keyring.js';
import { type RefreshClaims, TokenFault } from '../tokens/token.js';
import type { TokenService } from '../tokens/token.service.js';
import type { User } from '../users/user.js';
import { judgeRotation, withSpent } from './rotation.js';
import { expiryAfterUse, type Session, type SessionSettings, whyRefused } from './session.js';
import type { SessionStore } from './session.store.js';
import type { IssuedSession, SessionIssuer } from './session-issuer.js';
import type { NoteUse } from './session-use.js';

export type RefreshService = ReturnType<typeof createRefreshService>;

interface Deps {
  store: SessionStore;
  issuer: SessionIssuer;
  tokens: TokenService;
  keyring: Keyring;
  clock: Clock;
  noteUse: NoteUse;
  log: { warn(facts: object, message: string): void };
  settings: SessionSettings;
}

export function createRefreshService({ store, issuer, tokens, keyring, clock, noteUse, log, settings }: Deps) {
  async function readPresented(refreshToken: string): Promise<RefreshClaims> {
    try {
      return await tokens.readRefresh(refreshToken);
    } catch (error) {
      if (error instanceof TokenFault) throw refusedRefresh(error.reason);
      throw error;
    }
  }

  /** The session as its next refresh token finds it. */
  async function next(session: Session): Promise<Session> {
    const refreshKid = await keyring.signingKid();
    const now = clock.now(); // only now: the grace of the spent token begins here
    return {
      ...session,
      generation: session.generation + 1,
      lastUsedAt: now,
      expiresAt: expiryAfterUse(now, session.absoluteExpiresAt, settings.refreshTokenTtl),
      refreshIssuedAt: now,
      refreshJti: newId(),
      refreshKid,
      recentlySpent: withSpent(session.recentlySpent, session.generation, now, settings.refreshGrace),
    };
  }

  /** Signs first: an outage after the write would have spent the token and given none. Null: somebody else was faster. */
  async function rotate(session: Session): Promise<IssuedSession | null> {
    const issued = await issuer.issue(await next(session));
    return (await store.rotate(issued.session)) ? issued : null;
  }

  async function endReused(session: Session): Promise<boolean> {
    const ended = await store.endReused(session.id, session.generation, clock.now());
    if (ended) log.warn({ sessionId: session.id, userId: session.userId }, 'refresh token reused, session ended');
    return ended;
  }

  /** One look at the row, one verdict, one conditional write. Null: the row changed in between, look again. */
  async function tryRefresh(claims: RefreshClaims): Promise<{ issued: IssuedSession; user: User } | null> {
    const found = await store.findWithUser(claims.sessionId);
    if (!found) throw refusedRefresh(claims.expiresAt <= clock.now() ? 'EXPIRED' : 'SESSION_ENDED');
    const { session, user } = found;
    if (user.id !== claims.userId) throw refusedRefresh('INVALID');
    const reason = whyRefused(found, clock.now());
    if (reason) throw refusedRefresh(reason);

    switch (judgeRotation(session, claims.generation, clock.now(), settings.refreshGrace)) {
      case 'ROTATE': {
        const issued = await rotate(session);
        return issued && { issued, user };
      }
      case 'REPEAT':
        // A repetition is a use, too: the grace may be longer than a use stays exact.
        return { issued: await issuer.issue(noteUse(session)), user };
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
        if (refreshed) return refreshed;
      }
      throw unavailable('The session is being refreshed too often at once.', 1);
    },
  };
}

function refusedRefresh(reason: 'INVALID' | 'EXPIRED' | 'REUSED' | 'SESSION_ENDED'): AuthError {
  return new AuthError('INVALID_REFRESH_TOKEN', { reason });
}
