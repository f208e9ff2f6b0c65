import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { SignedInCall } from '../../call.js';
import { AuthError, badInput } from '../../errors.js';
import { type RequestContext, SignedIn } from '../../graphql/context.js';
import type { CookiePolicy } from './cookie-policy.js';
import type { RefreshService } from './refresh.service.js';
import type { SessionService } from './session.service.js';
import { AuthPayload, LogoutPayload, SessionType, toAuthPayload, toSessionType } from './session.types.js';

@Resolver()
export class SessionResolver {
  constructor(
    private readonly sessions: SessionService,
    private readonly refreshes: RefreshService,
    private readonly cookies: CookiePolicy,
  ) {}

  @Query(() => [SessionType], {
    description:
      "The caller's sessions that are neither logged out, revoked nor expired, most recently used first. At most 100: starting another ends the least recently used one.",
  })
  async activeSessions(@SignedIn() call: SignedInCall): Promise<SessionType[]> {
    const sessions = await this.sessions.list(call);
    return sessions.map((session) => toSessionType(session, call.principal.session.id));
  }

  @Mutation(() => AuthPayload, {
    description:
      'Trades a refresh token (argument, else cookie) for a new pair. The presented one is spent: presenting it later ends the session.',
  })
  async refresh(
    @Arg('refreshToken', () => String, { nullable: true, description: 'If omitted, the refresh cookie is used.' })
    argument: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const { token, delivery } = this.cookies.choose(context.cookie, argument);
    if (token === null) throw new AuthError('INVALID_REFRESH_TOKEN', { reason: 'MISSING' });
    const { issued, user } = await this.refreshes.refresh(context.call, token);
    return toAuthPayload(issued, user, this.cookies.deliver(context.cookie, issued, delivery));
  }

  @Mutation(() => LogoutPayload, {
    description: `Ends one session at once, on every node. Without arguments: the session of the presented access token, or,
without one, of the refresh cookie. With sessionId: that one of the caller's sessions. With token: the session of
that access or refresh token, which itself proves the right to end it, expired or not, so no Authorization header
is needed. With sessionId or token, repeating the call is not an error: where that is not a live session of the caller, nothing ends.`,
  })
  async logout(
    @Arg('sessionId', () => ID, { nullable: true, description: "One of the caller's sessions." })
    sessionId: string | null | undefined,
    @Arg('token', () => String, { nullable: true, description: 'An access token or a refresh token.' })
    token: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<LogoutPayload> {
    if (sessionId != null && token != null) {
      throw badInput([{ path: 'token', message: 'Give sessionId or token, not both.' }]);
    }
    return this.#endedBy(context, async () => {
      if (token != null) return this.sessions.endByToken(context.call, token);
      if (sessionId != null) return this.sessions.end(await context.signedIn(), sessionId);
      return this.#endCurrent(context);
    });
  }

  @Mutation(() => LogoutPayload, { description: "Ends all of the caller's sessions." })
  async logoutAll(
    @Arg('keepCurrent', () => Boolean, { defaultValue: false, description: 'True: the current session stays.' })
    keepCurrent: boolean,
    @SignedIn() call: SignedInCall,
    @Ctx() context: RequestContext,
  ): Promise<LogoutPayload> {
    return this.#endedBy(context, () => this.sessions.endAll(call, keepCurrent));
  }

  /**
   * Ends the session of the access token, or of the cookie where that token is missing or unusable. The token of an ended
   * session is neither: a client that presents it does not mean another session.
   */
  async #endCurrent(context: RequestContext): Promise<string[]> {
    const { presented } = context.cookie;
    const call = await context.signedIn().catch((error: unknown) => {
      if (presented !== null && isUnusable(error)) return null;
      throw error;
    });
    if (call) return this.sessions.endCurrent(call);
    return this.sessions.endCurrentByCookie(context.call, presented ?? '');
  }

  async #endedBy({ cookie }: RequestContext, end: () => Promise<string[]>): Promise<LogoutPayload> {
    return { endedSessionIds: await this.cookies.afterEnding(cookie, end) };
  }
}

function isUnusable(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'UNAUTHENTICATED' && error.facts.reason !== 'SESSION_ENDED';
}
