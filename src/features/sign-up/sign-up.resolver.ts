import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import { AuthPayload, toAuthPayload } from '../sessions/session.types.js';
import type { SignUpService } from './sign-up.service.js';
import { SignupInput } from './sign-up.types.js';

@Resolver()
export class SignUpResolver {
  constructor(
    private readonly signUps: SignUpService,
    private readonly cookies: CookiePolicy,
  ) {}

  @Mutation(() => AuthPayload, {
    description:
      'Creates an account and starts its first session. EMAIL_NOT_VERIFIED means that this server lets only verified addresses sign in: the account was created, and a link was mailed to it.',
  })
  async signup(
    @Arg('input', () => SignupInput, { description: 'The new account.' }) input: SignupInput,
    @Ctx() { call, cookie }: RequestContext,
  ): Promise<AuthPayload> {
    const { issued, user } = await this.signUps.signUp(call, input);
    return toAuthPayload(issued, user, this.cookies.deliver(cookie, issued, input.delivery));
  }
}
