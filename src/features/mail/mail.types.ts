import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The answer to a request for a mail.' })
export class RequestPayload {
  @Field(() => Boolean, { description: 'Always true, so that it does not reveal whether an account exists.' })
  accepted!: boolean;
}
