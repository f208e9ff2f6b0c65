import { Arg, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { SignedInCall } from '../../call.js';
import { SignedIn } from '../../graphql/context.js';
import { toUserType, UserType } from '../users/user.types.js';
import type { ProfileService } from './profile.service.js';
import { UpdateProfileInput } from './profile.types.js';

@Resolver()
export class ProfileResolver {
  constructor(private readonly profiles: ProfileService) {}

  @Query(() => UserType, { description: 'The account behind the presented access token.' })
  me(@SignedIn() call: SignedInCall): UserType {
    return toUserType(call.principal.user);
  }

  @Query(() => UserType, {
    description:
      "The account with this id. Only the caller's own id is allowed; any other is FORBIDDEN, whether or not an account has it.",
  })
  user(
    @Arg('id', () => ID, { description: 'The id of an account.' }) id: string,
    @SignedIn() call: SignedInCall,
  ): UserType {
    return toUserType(this.profiles.get(call, id));
  }

  @Mutation(() => UserType, {
    description: "Changes the caller's names and username; a field left out stays as it is, null clears it.",
  })
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'What to change.' }) input: UpdateProfileInput,
    @SignedIn() call: SignedInCall,
  ): Promise<UserType> {
    return toUserType(await this.profiles.update(call, input));
  }
}
