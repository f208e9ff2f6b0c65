import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import { AuthPayload, toAuthPayload } from '../sessions/session.types.js';
import type { LoginService } from './login.service.js';
import { LoginInput } from './login.types.js';

@Resolver()
export class LoginResolver {
  constructor(
    private readonly logins: LoginService,
    private readonly cookies: CookiePolicy,
  ) {}

  @Mutation(() => AuthPayload, { description: 'Starts a session with an email or a username, and a password.' })
  async login(
    @Arg('input', () => LoginInput, { description: 'The account and its password.' }) input: LoginInput,
    @Ctx() { call, cookie }: RequestContext,
  ): Promise<AuthPayload> {
    const { issued, user } = await this.logins.login(call, input);
    return toAuthPayload(issued, user, this.cookies.deliver(cookie, issued, input.delivery));
  }
}
