import type { Call } from '../../call.js';
import { AuthError, unavailable } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { serviceEvent } from '../events/event.js';
import { type RefreshClaims, TokenError } from '../tokens/token.js';
import type { TokenService } from '../tokens/token.service.js';
import type { User } from '../users/user.js';
import { whyRejected } from './principal.js';
import { judgeRotation } from './rotation.js';
import type { Session, SessionSettings } from './session.js';
import type { SessionStore } from './session.store.js';
import type { IssuedSession, SessionIssuer } from './session-issuer.js';
import type { NoteUse } from './session-use.js';

export type RefreshService = ReturnType<typeof createRefreshService>;

interface Deps {
  store: SessionStore;
  issuer: SessionIssuer;
  tokens: TokenService;
  clock: Clock;
  noteUse: NoteUse;
  log: { warn(facts: object, message: string): void };
  settings: SessionSettings;
}

export function createRefreshService({ store, issuer, tokens, clock, noteUse, log, settings }: Deps) {
  async function readPresented(refreshToken: string): Promise<RefreshClaims> {
    try {
      return await tokens.readRefresh(refreshToken);
    } catch (error) {
      if (error instanceof TokenError) throw rejected(error.reason);
      throw error;
    }
  }

  /** Signs first: an outage after the write would have spent the token and given none. Null: another caller was faster. */
  async function rotate(session: Session): Promise<IssuedSession | null> {
    const issued = await issuer.rotate(session);
    return (await store.rotate(issued.session)) ? issued : null;
  }

  async function endReused(session: Session): Promise<boolean> {
    const { id: sessionId, userId } = session;
    const now = clock.now();
    const event = serviceEvent('SERVICE', { kind: 'REFRESH_TOKEN_REUSED', at: now, userId, sessionId });
    const ended = await store.endReused(session, now, event);
    if (ended) log.warn({ sessionId, userId }, 'refresh token reused, session ended');
    return ended;
  }

  /** Reads the row, decides, writes under the condition that it is as it was read. Null: it was not; try again. */
  async function tryRefresh(claims: RefreshClaims): Promise<{ issued: IssuedSession; user: User } | null> {
    const found = await store.findWithUser(claims.sessionId);
    if (!found) throw rejected(claims.expiresAt <= clock.now() ? 'EXPIRED' : 'SESSION_ENDED');
    const { session, user } = found;
    if (user.id !== claims.userId) throw rejected('INVALID');
    const reason = whyRejected(found, clock.now());
    if (reason) throw rejected(reason);

    switch (judgeRotation(session, claims.generation, clock.now(), settings.refreshGrace)) {
      case 'ROTATE': {
        const issued = await rotate(session);
        return issued && { issued, user };
      }
      case 'REPEAT':
        // A repetition is a use, too: the grace may be longer than a use stays exact.
        return { issued: await issuer.repeat(noteUse(session)), user };
      case 'REUSED':
        if (!(await endReused(session))) return null;
        throw rejected('REUSED');
      case 'AHEAD':
        // Only a restored backup is older than its tokens. That is not the client's doing, so never REUSED.
        log.warn({ sessionId: session.id }, 'refresh token is ahead of its session: was a backup restored?');
        throw rejected('SESSION_ENDED');
    }
  }

  return {
    /**
     * Trades a refresh token by the table in rotation.ts. Rejects with `INVALID_REFRESH_TOKEN` and the reason, and with
     * `SERVICE_UNAVAILABLE` where concurrent callers are faster again and again.
     */
    async refresh(_call: Call, refreshToken: string): Promise<{ issued: IssuedSession; user: User }> {
      const claims = await readPresented(refreshToken);
      // Each turn means that another caller was faster; twenty in a row are more than a burst of tabs can cause.
      for (let turn = 0; turn < 20; turn++) {
        const refreshed = await tryRefresh(claims);
        if (refreshed) return refreshed;
      }
      throw unavailable('There are too many concurrent refreshes of this session.', 1);
    },
  };
}

function rejected(reason: 'INVALID' | 'EXPIRED' | 'REUSED' | 'SESSION_ENDED'): AuthError {
  return new AuthError('INVALID_REFRESH_TOKEN', { reason });
}
