import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The answer to a request for a mail.' })
export class RequestPayload {
  @Field(() => Boolean, { description: 'Always true: it tells nothing about whether an account exists.' })
  accepted!: boolean;
}
