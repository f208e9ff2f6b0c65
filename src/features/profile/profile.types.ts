import { Field, InputType } from 'type-graphql';

@InputType({ description: 'What to change; a field left out stays as it is, null clears it.' })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: '3 to 32 of a-z, 0-9, dot, underscore and hyphen.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  lastName?: string | null;
}
