import { isOutage } from '../../errors.js';
import type { RefreshCookie } from '../../graphql/context.js';
import type { SessionService } from './session.service.js';
import { TokenDelivery } from './session.types.js';
import type { IssuedSession } from './session-issuer.js';

export type CookiePolicy = ReturnType<typeof createCookiePolicy>;

/**
 * When the refresh cookie is read, set and cleared. Which requests may use it at all, and its attributes, are decided where
 * headers are (http/refresh-cookie.ts).
 */
export function createCookiePolicy(sessions: Pick<SessionService, 'isLive'>) {
  /**
   * Clears the cookie that the browser holds, brought or just set, if its session is no longer live. Where that cannot be
   * found out, the cookie stays: what the call did is done, and is answered.
   */
  async function clearIfDead(cookie: RefreshCookie): Promise<void> {
    const token = cookie.held();
    if (token === null) return;
    const isLive = await sessions.isLive(token).catch((error: unknown) => {
      if (isOutage(error)) return true;
      throw error;
    });
    if (!isLive) cookie.clear();
  }

  return {
    /** Which refresh token a refresh uses, and how its successor travels. An argument wins over a cookie. */
    choose(
      cookie: RefreshCookie,
      argument: string | null | undefined,
    ): { token: string | null; delivery: TokenDelivery } {
      if (argument != null) return { token: argument, delivery: TokenDelivery.BODY };
      // A token that came by cookie is answered by cookie only: a page's script must never get to see it.
      return { token: cookie.presented, delivery: TokenDelivery.COOKIE };
    },

    /** Delivers the refresh token. Answers what the payload shows of it: null where it travels in the cookie. */
    deliver(cookie: RefreshCookie, { session, refreshToken }: IssuedSession, delivery: TokenDelivery): string | null {
      if (delivery === TokenDelivery.BODY) return refreshToken;
      cookie.set(refreshToken, session.expiresAt);
      return null;
    },

    /** Does what ends sessions, and clears the cookie where its session is no longer live, whatever ended it. */
    async afterEnding<T>(cookie: RefreshCookie, end: () => Promise<T>): Promise<T> {
      const ended = await end().catch(async (error: unknown) => {
        // A request that has waited for a database that is out of reach does not wait for it once more.
        if (!isOutage(error)) await clearIfDead(cookie);
        throw error;
      });
      await clearIfDead(cookie);
      return ended;
    },
  };
}
