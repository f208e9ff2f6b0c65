import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { AuthError, badInput, isOutage } from '../../errors.js';
import { Caller, type RequestContext } from '../../graphql/context.js';
import type { RefreshService } from './refresh.service.js';
import type { Principal } from './session.js';
import type { SessionService } from './session.service.js';
import {
  AuthPayload,
  LogoutPayload,
  SessionType,
  TokenDelivery,
  toAuthPayload,
  toSessionType,
} from './session.types.js';

@Resolver()
export class SessionResolver {
  constructor(
    private readonly sessions: SessionService,
    private readonly refreshes: RefreshService,
  ) {}

  @Query(() => [SessionType], {
    description:
      "The caller's sessions that are neither logged out, revoked nor expired, most recently used first; 100 at most, since one more ends the least recently used.",
  })
  async activeSessions(@Caller() caller: Principal): Promise<SessionType[]> {
    const sessions = await this.sessions.list(caller);
    return sessions.map((session) => toSessionType(session, caller.session.id));
  }

  @Mutation(() => AuthPayload, {
    description:
      'Trades a refresh token (argument, else cookie) for a new pair. The presented one is spent: presenting it later ends the session.',
  })
  async refresh(
    @Arg('refreshToken', () => String, { nullable: true, description: 'Left out: the refresh cookie is used.' })
    argument: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const presented = argument ?? context.cookie.presented;
    if (presented === null) throw new AuthError('INVALID_REFRESH_TOKEN', { reason: 'MISSING' });
    const { issued, user } = await this.refreshes.refresh(presented);
    // A token that came by cookie is answered by cookie only: a page's script must never get to see it.
    const delivery = argument == null ? TokenDelivery.COOKIE : TokenDelivery.BODY;
    return toAuthPayload(issued, user, delivery, context);
  }

  @Mutation(() => LogoutPayload, {
    description: `Ends one session at once, on every node. Without arguments: the session of the presented access token, or,
without one, of the refresh cookie. With sessionId: that one of the caller's sessions. With token: the session of
that access or refresh token, which itself proves the right to end it, expired or not, so no Authorization header
is needed. Repeating it with sessionId or token is no error: what is not a live session of the caller's ends nothing.`,
  })
  async logout(
    @Arg('sessionId', () => ID, { nullable: true, description: "One of the caller's sessions." })
    sessionId: string | null | undefined,
    @Arg('token', () => String, { nullable: true, description: 'An access or refresh token.' })
    token: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<LogoutPayload> {
    if (sessionId != null && token != null) {
      throw badInput([{ path: 'token', message: 'Give sessionId or token, not both.' }]);
    }
    return this.#endedBy(context, async () => {
      if (token != null) return this.sessions.endByToken(token);
      if (sessionId != null) return this.sessions.end(sessionId, (await context.principal()).user.id);
      return this.#endCurrent(context);
    });
  }

  @Mutation(() => LogoutPayload, { description: "Ends all of the caller's sessions." })
  async logoutAll(
    @Arg('keepCurrent', () => Boolean, { defaultValue: false, description: 'True: the current one stays.' })
    keepCurrent: boolean,
    @Caller() caller: Principal,
    @Ctx() context: RequestContext,
  ): Promise<LogoutPayload> {
    return this.#endedBy(context, () => this.sessions.endAll(caller, keepCurrent));
  }

  /**
   * The session of the access token; the one of the cookie where that token is missing or unusable. The token of an ended
   * session is neither: whoever presents it does not mean another session.
   */
  async #endCurrent(context: RequestContext): Promise<string[]> {
    const caller = await context.principal().catch((error: unknown) => {
      if (context.cookie.presented !== null && isUnusable(error)) return null;
      throw error;
    });
    if (caller) return this.sessions.endCurrent(caller);
    return this.sessions.endCurrentByCookie(context.cookie.presented ?? '');
  }

  /** Ends sessions, and takes the refresh cookie back where its session is not live any more, whoever ended it. */
  async #endedBy(context: RequestContext, end: () => Promise<string[]>): Promise<LogoutPayload> {
    const endedSessionIds = await end().catch(async (error: unknown) => {
      // Who has waited for a database that is out of reach is not to wait for it once more.
      if (!isOutage(error)) await clearDeadCookie(context, this.sessions);
      throw error;
    });
    await clearDeadCookie(context, this.sessions);
    return { endedSessionIds };
  }
}

function isUnusable(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'UNAUTHENTICATED' && error.facts.reason !== 'SESSION_ENDED';
}

/**
 * Takes the refresh cookie back if the browser holds one, brought or just given, whose session is no longer live. Where that
 * cannot be told, the cookie stays: what the call did is done and answered all the same.
 */
export async function clearDeadCookie(context: RequestContext, sessions: SessionService): Promise<void> {
  const token = context.cookie.held();
  if (token === null) return;
  const isLive = await sessions.isLive(token).catch((error: unknown) => {
    if (error instanceof AuthError) return true;
    throw error;
  });
  if (!isLive) context.cookie.clear();
}
