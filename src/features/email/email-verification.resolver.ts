import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { SignedInCall } from '../../call.js';
import { type RequestContext, SignedIn } from '../../graphql/context.js';
import { RequestPayload } from '../mail/mail.types.js';
import { toUserType, UserType } from '../users/user.types.js';
import type { EmailVerificationService } from './email-verification.service.js';

@Resolver()
export class EmailVerificationResolver {
  constructor(private readonly verifications: EmailVerificationService) {}

  @Mutation(() => RequestPayload, {
    description:
      'Mails the caller a fresh link that proves the email address. Nothing is mailed if the address is verified already.',
  })
  async requestEmailVerification(@SignedIn() call: SignedInCall): Promise<RequestPayload> {
    await this.verifications.request(call);
    return { accepted: true };
  }

  @Mutation(() => UserType, { description: 'Marks the email address as verified, with a mailed token.' })
  async verifyEmail(
    @Arg('token', () => String, { description: 'From the mailed link: what follows #token=' }) token: string,
    @Ctx() { call }: RequestContext,
  ): Promise<UserType> {
    return toUserType(await this.verifications.verify(call, token));
  }
}
