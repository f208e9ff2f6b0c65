import { Field, ID, InputType, ObjectType } from 'type-graphql';
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

@InputType({ description: 'What to change; a field left out stays as it is, null clears it.' })
export class UpdateProfileInput {
  @Field(() => String, { nullable: true, description: '3 to 32 of a-z, 0-9, dot, underscore and hyphen.' })
  username?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  lastName?: string | null;
}

/** The account as GraphQL shows it. */
export function toUserType({ emailVerifiedAt, deactivatedAt: _deactivatedAt, ...user }: User): UserType {
  return { ...user, emailVerified: emailVerifiedAt !== null };
}
