import { Arg, Int, Query, Resolver } from 'type-graphql';
import type { SignedInCall } from '../../call.js';
import { SignedIn } from '../../graphql/context.js';
import type { LoginHistoryService } from './login-history.service.js';
import { LoginEventConnection, toConnection } from './login-history.types.js';

@Resolver()
export class LoginHistoryResolver {
  constructor(private readonly history: LoginHistoryService) {}

  @Query(() => LoginEventConnection, {
    description:
      "Sign-ins to the caller's account, successful and failed, newest first. They are kept for 90 days, 1,000 at most.",
  })
  async loginHistory(
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many events to return at most, 1 to 100.' })
    first: number,
    @Arg('after', () => String, { nullable: true, description: 'Return events older than this cursor.' })
    after: string | null | undefined,
    @SignedIn() call: SignedInCall,
  ): Promise<LoginEventConnection> {
    return toConnection(await this.history.page(call, first, after ?? null));
  }
}
