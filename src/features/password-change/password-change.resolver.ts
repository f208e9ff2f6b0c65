import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Caller, type RequestContext } from '../../graphql/context.js';
import type { Principal } from '../sessions/session.js';
import { toAuthPayload } from '../sessions/session.types.js';
import type { PasswordChangeService } from './password-change.service.js';
import { ChangePasswordInput, ChangePasswordPayload } from './password-change.types.js';

@Resolver()
export class PasswordChangeResolver {
  constructor(private readonly passwords: PasswordChangeService) {}

  @Mutation(() => ChangePasswordPayload, {
    description: 'Replaces the password, ends every session, the current one too, and starts a new one for the caller.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The old and the new password.' })
    input: ChangePasswordInput,
    @Caller() caller: Principal,
    @Ctx() context: RequestContext,
  ): Promise<ChangePasswordPayload> {
    const { ended, issued } = await this.passwords.change(caller, input, context.client);
    return { endedSessionIds: ended, auth: toAuthPayload(issued, caller.user, input.delivery, context) };
  }
}
