import { Field, InputType } from 'type-graphql';

@InputType({ description: 'A mailed token, and the new password.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'From the mailed link: what follows #token=' })
  token!: string;

  @Field(() => String, {
    description:
      "At least the server's minimum length (8 characters by default), at most 256 characters, and not a common password.",
  })
  newPassword!: string;
}
