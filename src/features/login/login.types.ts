import { Field, InputType } from 'type-graphql';
import { TokenDelivery } from '../sessions/session.types.js';

@InputType({ description: 'A new account.' })
export class SignupInput {
  @Field(() => String, { description: 'At most 254 characters; compared and stored in lower case.' })
  email!: string;

  @Field(() => String, {
    description: 'Not among the common ones, long enough for this server, at most 256 characters.',
  })
  password!: string;

  @Field(() => String, { nullable: true, description: 'Where given, it must equal password.' })
  confirmPassword?: string | null;

  @Field(() => String, { nullable: true, description: '3 to 32 of a-z, 0-9, dot, underscore and hyphen.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  lastName?: string | null;

  @Field(() => TokenDelivery, {
    defaultValue: TokenDelivery.BODY,
    description: 'How the refresh token is to reach the client.',
  })
  delivery!: TokenDelivery;
}

@InputType({ description: 'Who signs in, and how the tokens are to arrive.' })
export class LoginInput {
  @Field(() => String, { nullable: true, description: 'Exactly one of email and username.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly one of email and username.' })
  username?: string | null;

  @Field(() => String, { description: 'As chosen; never trimmed.' })
  password!: string;

  @Field(() => TokenDelivery, {
    defaultValue: TokenDelivery.BODY,
    description: 'How the refresh token is to reach the client.',
  })
  delivery!: TokenDelivery;
}
