import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { SignedInCall } from '../../call.js';
import { type RequestContext, SignedIn } from '../../graphql/context.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import { LogoutPayload } from '../sessions/session.types.js';
import type { DeactivationService } from './deactivation.service.js';

@Resolver()
export class DeactivationResolver {
  constructor(
    private readonly deactivations: DeactivationService,
    private readonly cookies: CookiePolicy,
  ) {}

  @Mutation(() => LogoutPayload, {
    description:
      "Deactivates the caller's account: every session ends, and it cannot be signed in to. Its data is kept. Only an operator can reactivate it.",
  })
  async deactivateAccount(
    @Arg('password', () => String, { description: 'Proves that the caller is the owner of the account.' })
    password: string,
    @SignedIn() call: SignedInCall,
    @Ctx() { cookie }: RequestContext,
  ): Promise<LogoutPayload> {
    const deactivate = () => this.deactivations.deactivate(call, password);
    return { endedSessionIds: await this.cookies.afterEnding(cookie, deactivate) };
  }
}
