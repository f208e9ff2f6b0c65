import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import { RequestPayload } from '../mail/mail.types.js';
import { LogoutPayload } from '../sessions/session.types.js';
import type { PasswordResetService } from './password-reset.service.js';
import { ResetPasswordInput } from './password-reset.types.js';

@Resolver()
export class PasswordResetResolver {
  constructor(private readonly resets: PasswordResetService) {}

  @Mutation(() => RequestPayload, {
    description: 'Mails a reset link if the account exists; answers the same, in the same time, if it does not.',
  })
  async requestPasswordReset(
    @Arg('email', () => String, { description: 'The email address of the account.' }) email: string,
    @Ctx() { call }: RequestContext,
  ): Promise<RequestPayload> {
    await this.resets.request(call, email);
    return { accepted: true };
  }

  @Mutation(() => LogoutPayload, {
    description:
      'Sets a new password with a mailed token, ends every session and marks the email as verified. A token works once, and a rejected new password does not spend it.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token and the new password.' })
    input: ResetPasswordInput,
    @Ctx() { call }: RequestContext,
  ): Promise<LogoutPayload> {
    return { endedSessionIds: await this.resets.reset(call, input) };
  }
}
