import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Caller, type RequestContext } from '../../graphql/context.js';
import type { Principal } from '../sessions/session.js';
import { clearDeadCookie } from '../sessions/session.resolver.js';
import type { SessionService } from '../sessions/session.service.js';
import { LogoutPayload } from '../sessions/session.types.js';
import type { DeactivationService } from './deactivation.service.js';

@Resolver()
export class DeactivationResolver {
  constructor(
    private readonly deactivations: DeactivationService,
    private readonly sessions: SessionService,
  ) {}

  @Mutation(() => LogoutPayload, {
    description:
      "Closes the caller's account to sign-in and ends every session; the data stays. Only the operator can open it again.",
  })
  async deactivateAccount(
    @Arg('password', () => String, { description: 'Proves that it is the owner who asks.' }) password: string,
    @Caller() caller: Principal,
    @Ctx() context: RequestContext,
  ): Promise<LogoutPayload> {
    const endedSessionIds = await this.deactivations.deactivate(caller, password);
    await clearDeadCookie(context, this.sessions);
    return { endedSessionIds };
  }
}
