import { Field, InputType } from 'type-graphql';
import { TokenDelivery } from '../sessions/session.types.js';

@InputType({ description: 'An account and its password, and how the refresh token reaches the client.' })
export class LoginInput {
  @Field(() => String, { nullable: true, description: 'Exactly one of email and username.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly one of email and username.' })
  username?: string | null;

  @Field(() => String, { description: 'The password. It is never trimmed.' })
  password!: string;

  @Field(() => TokenDelivery, {
    defaultValue: TokenDelivery.BODY,
    description: 'How the refresh token reaches the client.',
  })
  delivery!: TokenDelivery;
}
