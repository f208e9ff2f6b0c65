import { Arg, Mutation, Resolver } from 'type-graphql';
import { Caller } from '../../graphql/context.js';
import { RequestPayload } from '../mail/mail.types.js';
import type { Principal } from '../sessions/session.js';
import { toUserType, UserType } from '../users/user.types.js';
import type { EmailVerificationService } from './email-verification.service.js';

@Resolver()
export class EmailVerificationResolver {
  constructor(private readonly verifications: EmailVerificationService) {}

  @Mutation(() => RequestPayload, {
    description: 'Mails the caller a fresh link that proves the email address; none where it is proved already.',
  })
  async requestEmailVerification(@Caller() caller: Principal): Promise<RequestPayload> {
    await this.verifications.request(caller);
    return { accepted: true };
  }

  @Mutation(() => UserType, { description: 'Marks the email address as verified, with a mailed token.' })
  async verifyEmail(
    @Arg('token', () => String, { description: 'From the mailed link: what stands behind #token=' }) token: string,
  ): Promise<UserType> {
    return toUserType(await this.verifications.verify(token));
  }
}
