import { Arg, ID, Mutation, Query, Resolver } from 'type-graphql';
import { Caller } from '../../graphql/context.js';
import type { Principal } from '../sessions/session.js';
import type { UserService } from './user.service.js';
import { toUserType, UpdateProfileInput, UserType } from './user.types.js';

@Resolver()
export class UserResolver {
  constructor(private readonly users: UserService) {}

  @Query(() => UserType, { description: 'The account behind the presented access token.' })
  me(@Caller() caller: Principal): UserType {
    return toUserType(caller.user);
  }

  @Query(() => UserType, {
    description: "The account with this id. Today only one's own; another id is FORBIDDEN, known or not.",
  })
  user(
    @Arg('id', () => ID, { description: 'The id of an account.' }) id: string,
    @Caller() caller: Principal,
  ): UserType {
    return toUserType(this.users.get(caller, id));
  }

  @Mutation(() => UserType, {
    description: "Changes the caller's names and username; a field left out stays as it is, null clears it.",
  })
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'What to change.' }) input: UpdateProfileInput,
    @Caller() caller: Principal,
  ): Promise<UserType> {
    return toUserType(await this.users.updateProfile(caller, input));
  }
}
