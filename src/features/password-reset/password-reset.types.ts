import { Field, InputType } from 'type-graphql';

@InputType({ description: 'A mailed token, and the password that it is to set.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'From the mailed link: what stands behind #token=' })
  token!: string;

  @Field(() => String, {
    description: 'Not among the common ones, long enough for this server, at most 256 characters.',
  })
  newPassword!: string;
}
