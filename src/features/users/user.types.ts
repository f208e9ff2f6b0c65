import { Field, ID, ObjectType } from 'type-graphql';
import type { User } from './user.js';

@ObjectType('User', { description: 'An account.' })
export class UserType {
  @Field(() => ID, { description: 'Never changes.' })
  id!: string;

  @Field(() => String, { description: 'In lower case, its domain in ASCII.' })
  email!: string;

  @Field(() => Boolean, { description: 'Whether a mailed link has proved the address.' })
  emailVerified!: boolean;

  @Field(() => String, { nullable: true, description: 'In lower case; it can be used to log in instead of the email.' })
  username!: string | null;

  @Field(() => String, { nullable: true, description: 'As given, trimmed.' })
  firstName!: string | null;

  @Field(() => String, { nullable: true, description: 'As given, trimmed.' })
  lastName!: string | null;

  @Field(() => Date, { description: 'When the account was made.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'The latest successful sign-in.' })
  lastLoginAt!: Date | null;
}

/** The account as GraphQL shows it. */
export function toUserType(user: User): UserType {
  const { id, email, emailVerifiedAt, username, firstName, lastName, createdAt, lastLoginAt } = user;
  return { id, email, emailVerified: emailVerifiedAt !== null, username, firstName, lastName, createdAt, lastLoginAt };
}
