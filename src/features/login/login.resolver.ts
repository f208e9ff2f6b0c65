import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { AuthPayload, toAuthPayload } from '../sessions/session.types.js';
import type { LoginService } from './login.service.js';
import { LoginInput, SignupInput } from './login.types.js';

@Resolver()
export class LoginResolver {
  constructor(private readonly logins: LoginService) {}

  @Mutation(() => AuthPayload, {
    description:
      'Creates an account and starts its first session. Where only verified addresses may sign in, EMAIL_NOT_VERIFIED says that the account was made, and a link mailed to it.',
  })
  async signup(
    @Arg('input', () => SignupInput, { description: 'The new account.' }) input: SignupInput,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const { issued, user } = await this.logins.signup(input, context.client);
    return toAuthPayload(issued, user, input.delivery, context);
  }

  @Mutation(() => AuthPayload, { description: 'Starts a session with an email or a username, and a password.' })
  async login(
    @Arg('input', () => LoginInput, { description: 'Who signs in.' }) input: LoginInput,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const { issued, user } = await this.logins.login(input, context.client);
    return toAuthPayload(issued, user, input.delivery, context);
  }
}
