import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { AuthPayload, TokenDelivery } from '../sessions/session.types.js';

@InputType({ description: 'The password as it is, and as it shall be.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'Proves that it is the owner who asks.' })
  currentPassword!: string;

  @Field(() => String, {
    description: 'Not among the common ones, long enough for this server, at most 256 characters.',
  })
  newPassword!: string;

  @Field(() => TokenDelivery, {
    defaultValue: TokenDelivery.BODY,
    description: 'How the refresh token of the new session is to reach the client.',
  })
  delivery!: TokenDelivery;
}

@ObjectType({ description: 'What a changed password ended, and the session that goes on.' })
export class ChangePasswordPayload {
  @Field(() => [ID], { description: 'The sessions that this call ended.' })
  endedSessionIds!: string[];

  @Field(() => AuthPayload, { description: "The caller's new session." })
  auth!: AuthPayload;
}
