import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { AuthPayload, TokenDelivery } from '../sessions/session.types.js';

@InputType({ description: 'The current and the new password.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'Proves that the caller is the owner of the account.' })
  currentPassword!: string;

  @Field(() => String, {
    description:
      "At least the server's minimum length (8 characters by default), at most 256 characters, and not a common password.",
  })
  newPassword!: string;

  @Field(() => TokenDelivery, {
    defaultValue: TokenDelivery.BODY,
    description: 'How the refresh token of the new session reaches the client.',
  })
  delivery!: TokenDelivery;
}

@ObjectType({ description: 'The sessions that were ended, and the new one.' })
export class ChangePasswordPayload {
  @Field(() => [ID], { description: 'The sessions that this call ended.' })
  endedSessionIds!: string[];

  @Field(() => AuthPayload, { description: "The caller's new session." })
  auth!: AuthPayload;
}
