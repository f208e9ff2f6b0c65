import type { Call, Principal, SignedInCall } from '../../call.js';
import { AuthError, sessionEnded } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { isId } from '../../platform/ids.js';
import { userEvent } from '../events/event.js';
import { type SubjectClaims, TokenError } from '../tokens/token.js';
import type { TokenService } from '../tokens/token.service.js';
import { whyRejected } from './principal.js';
import type { Session } from './session.js';
import type { SessionStore } from './session.store.js';
import type { NoteUse } from './session-use.js';

export type SessionService = ReturnType<typeof createSessionService>;

interface Deps {
  store: SessionStore;
  tokens: TokenService;
  clock: Clock;
  noteUse: NoteUse;
}

export function createSessionService({ store, tokens, clock, noteUse }: Deps) {
  function end(call: Call, sessionId: string, userId: string): Promise<string[]> {
    const now = clock.now();
    return store.end(sessionId, userId, now, userEvent({ kind: 'SESSION_ENDED', at: now, userId, sessionId }, call));
  }

  /** Ends the session that a token names. A token that is not ours names none. */
  async function endNamed(call: Call, reading: Promise<SubjectClaims>): Promise<string[]> {
    try {
      const { sessionId, userId } = await reading;
      return await end(call, sessionId, userId);
    } catch (error) {
      if (error instanceof TokenError) return [];
      throw error;
    }
  }

  return {
    /**
     * The caller that this access token names, by what the database says after this was called: a session that
     * ended before is rejected, whichever node ended it. Rejects with `UNAUTHENTICATED` and the reason.
     */
    async authenticate(accessToken: string): Promise<Principal> {
      const claims = await tokens.verifyAccess(accessToken).catch((error: unknown) => {
        throw error instanceof TokenError ? new AuthError('UNAUTHENTICATED', { reason: error.reason }) : error;
      });
      const principal = await store.principal(claims.sessionId);
      if (!principal || principal.user.id !== claims.userId) throw sessionEnded();
      const reason = whyRejected(principal, clock.now());
      if (reason) throw new AuthError('UNAUTHENTICATED', { reason });
      return { user: principal.user, session: noteUse(principal.session) };
    },

    /** The caller's live sessions, most recently used first. */
    async list({ principal: { user, session: current } }: SignedInCall): Promise<Session[]> {
      const sessions = await store.listLive(user.id, clock.now());
      // The use that this is may still be on its way into the row.
      const mine = sessions.find(({ id }) => id === current.id);
      if (mine && mine.lastUsedAt < current.lastUsedAt) mine.lastUsedAt = current.lastUsedAt;
      return sessions.sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
    },

    /** Ends one of the caller's sessions. Answers the ids that it ended: none where it is not a live one of theirs. */
    async end(call: SignedInCall, sessionId: string): Promise<string[]> {
      return isId(sessionId) ? end(call, sessionId, call.principal.user.id) : [];
    },

    /** Ends the session that the caller is using. Rejects with `UNAUTHENTICATED` where it has ended already. */
    async endCurrent(call: SignedInCall): Promise<string[]> {
      const { session, user } = call.principal;
      const ended = await end(call, session.id, user.id);
      if (ended.length === 0) throw sessionEnded();
      return ended;
    },

    /** Ends the session of the caller's refresh cookie. Rejects with `UNAUTHENTICATED` where it is not a live one. */
    async endCurrentByCookie(call: Call, refreshToken: string): Promise<string[]> {
      const ended = await endNamed(call, tokens.readRefresh(refreshToken));
      if (ended.length === 0) throw sessionEnded();
      return ended;
    },

    /** Ends the session that a token of either kind names; holding it proves the right to. One not of ours ends nothing. */
    endByToken(call: Call, token: string): Promise<string[]> {
      return endNamed(call, tokens.readAny(token));
    },

    /** Ends all of the caller's sessions, or all but the current one. Rejects with `UNAUTHENTICATED` if that has ended. */
    async endAll(call: SignedInCall, keepCurrent: boolean): Promise<string[]> {
      const { user, session } = call.principal;
      const now = clock.now();
      const event = userEvent({ kind: 'SESSIONS_ENDED', at: now, userId: user.id, sessionId: session.id }, call);
      const ended = await store.endAll({ userId: user.id, sessionId: session.id }, keepCurrent, now, event);
      if (!ended) throw sessionEnded();
      return ended;
    },

    /** Whether the session of this refresh token could still be used. A text that is no token has no live session. */
    async isLive(refreshToken: string): Promise<boolean> {
      try {
        const found = await store.principal((await tokens.readRefresh(refreshToken)).sessionId);
        return found !== null && whyRejected(found, clock.now()) === null;
      } catch (error) {
        if (error instanceof TokenError) return false;
        throw error;
      }
    },
  };
}
