import { Arg, Int, Query, Resolver } from 'type-graphql';
import { Caller } from '../../graphql/context.js';
import type { Principal } from '../sessions/session.js';
import type { LoginHistoryService } from './login-history.service.js';
import { LoginEventConnection, toConnection } from './login-history.types.js';

@Resolver()
export class LoginHistoryResolver {
  constructor(private readonly history: LoginHistoryService) {}

  @Query(() => LoginEventConnection, {
    description:
      "Sign-ins to the caller's account, successful and failed, newest first; of 90 days, and 1,000 at most.",
  })
  async loginHistory(
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many at most: 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'A cursor: only events behind it, which are older.' })
    after: string | null | undefined,
    @Caller() caller: Principal,
  ): Promise<LoginEventConnection> {
    return toConnection(await this.history.page(caller, first, after ?? null));
  }
}
