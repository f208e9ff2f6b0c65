import { Field, InputType } from 'type-graphql';
import { TokenDelivery } from '../sessions/session.types.js';

@InputType({ description: 'A new account.' })
export class SignupInput {
  @Field(() => String, { description: 'At most 254 characters; compared and stored in lower case.' })
  email!: string;

  @Field(() => String, {
    description:
      "At least the server's minimum length (8 characters by default), at most 256 characters, and not a common password.",
  })
  password!: string;

  @Field(() => String, { nullable: true, description: 'If given, it must equal password.' })
  confirmPassword?: string | null;

  @Field(() => String, { nullable: true, description: '3 to 32 of a-z, 0-9, dot, underscore and hyphen.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  lastName?: string | null;

  @Field(() => TokenDelivery, {
    defaultValue: TokenDelivery.BODY,
    description: 'How the refresh token reaches the client.',
  })
  delivery!: TokenDelivery;
}
