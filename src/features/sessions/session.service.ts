import { AuthError, sessionEnded } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { isId } from '../../platform/ids.js';
import { type SubjectClaims, TokenFault } from '../tokens/token.js';
import type { TokenService } from '../tokens/token.service.js';
import { type Principal, type Session, whyRefused } from './session.js';
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
  /** The session that the token names, ended; one that is not ours names none. */
  async function endNamed(reading: Promise<SubjectClaims>): Promise<string[]> {
    try {
      const { sessionId, userId } = await reading;
      return await store.end(sessionId, userId, clock.now());
    } catch (error) {
      if (error instanceof TokenFault) return [];
      throw error;
    }
  }

  return {
    /**
     * The caller that this access token names, by what the database says after this was called: what has ended before
     * is refused, whichever node ended it. Throws `UNAUTHENTICATED` with the reason.
     */
    async authenticate(accessToken: string): Promise<Principal> {
      const claims = await tokens.verifyAccess(accessToken).catch((error: unknown) => {
        throw error instanceof TokenFault ? new AuthError('UNAUTHENTICATED', { reason: error.reason }) : error;
      });
      const principal = await store.principal(claims.sessionId);
      if (!principal || principal.user.id !== claims.userId) throw sessionEnded();
      const reason = whyRefused(principal, clock.now());
      if (reason) throw new AuthError('UNAUTHENTICATED', { reason });
      return { user: principal.user, session: noteUse(principal.session) };
    },

    /** The caller's live sessions, most recently used first. */
    async list({ user, session: current }: Principal): Promise<Session[]> {
      const sessions = await store.listLive(user.id, clock.now());
      // The use that this is may still be on its way into the row.
      const mine = sessions.find(({ id }) => id === current.id);
      if (mine && mine.lastUsedAt < current.lastUsedAt) mine.lastUsedAt = current.lastUsedAt;
      return sessions.sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
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
        const found = await store.principal((await tokens.readRefresh(refreshToken)).sessionId);
        return found !== null && whyRefused(found, clock.now()) === null;
      } catch (error) {
        if (error instanceof TokenFault) return false;
        throw error;
      }
    },
  };
}
