import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { SignedInCall } from '../../call.js';
import { type RequestContext, SignedIn } from '../../graphql/context.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import { toAuthPayload } from '../sessions/session.types.js';
import type { PasswordChangeService } from './password-change.service.js';
import { ChangePasswordInput, ChangePasswordPayload } from './password-change.types.js';

@Resolver()
export class PasswordChangeResolver {
  constructor(
    private readonly passwords: PasswordChangeService,
    private readonly cookies: CookiePolicy,
  ) {}

  @Mutation(() => ChangePasswordPayload, {
    description: 'Replaces the password, ends every session, the current one too, and starts a new one for the caller.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The current and the new password.' })
    input: ChangePasswordInput,
    @SignedIn() call: SignedInCall,
    @Ctx() { cookie }: RequestContext,
  ): Promise<ChangePasswordPayload> {
    const { endedSessionIds, issued, user } = await this.passwords.change(call, input);
    const refreshToken = this.cookies.deliver(cookie, issued, input.delivery);
    return { endedSessionIds, auth: toAuthPayload(issued, user, refreshToken) };
  }
}
