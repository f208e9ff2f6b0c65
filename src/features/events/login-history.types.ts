import { Field, ID, ObjectType } from 'type-graphql';
import type { ErrorCode } from '../../errors.js';
import { ErrorCodeEnum } from '../../graphql/error-code.js';
import { describeDevice } from '../../platform/device.js';
import type { Event } from './event.js';
import type { LoginHistoryPage } from './login-history.service.js';

@ObjectType('LoginEvent', { description: 'An attempt to sign in to the account.' })
export class LoginEventType {
  @Field(() => ID, { description: 'Never changes.' })
  id!: string;

  @Field(() => Date, { description: 'When it was answered.' })
  at!: Date;

  @Field(() => Boolean, { description: 'Whether it started a session.' })
  succeeded!: boolean;

  @Field(() => ErrorCodeEnum, {
    nullable: true,
    description: 'Why the sign-in was rejected; null for a successful one.',
  })
  failure!: ErrorCode | null;

  @Field(() => ID, { nullable: true, description: 'The session that it started; null for a failed one.' })
  sessionId!: string | null;

  @Field(() => String, { nullable: true, description: 'The IP address that it came from.' })
  ipAddress!: string | null;

  @Field(() => String, { nullable: true, description: 'The User-Agent header that it came with.' })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The user agent in words, for example: Firefox on Linux.' })
  device!: string | null;
}

@ObjectType({ description: 'An event and its cursor.' })
export class LoginEventEdge {
  @Field(() => String, { description: 'Pass it as after to get the events older than this one.' })
  cursor!: string;

  @Field(() => LoginEventType, { description: 'The event.' })
  node!: LoginEventType;
}

@ObjectType({ description: 'Whether there are more events, and the cursor to get them.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are older events than these.' })
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the last event here; null where there is none.' })
  endCursor!: string | null;
}

@ObjectType({ description: 'A page of the sign-in history, newest first.' })
export class LoginEventConnection {
  @Field(() => [LoginEventEdge], { description: 'The events with their cursors.' })
  edges!: LoginEventEdge[];

  @Field(() => [LoginEventType], { description: 'The events alone.' })
  nodes!: LoginEventType[];

  @Field(() => PageInfo, { description: 'Whether there are more events, and the cursor to get them.' })
  pageInfo!: PageInfo;
}

function toLoginEventType({ id, at, failure, sessionId, ipAddress, userAgent }: Event): LoginEventType {
  const device = describeDevice(userAgent);
  return { id, at, succeeded: failure === null, failure, sessionId, ipAddress, userAgent, device };
}

/** The page as GraphQL shows it. */
export function toConnection({ edges, hasNextPage }: LoginHistoryPage): LoginEventConnection {
  const shown = edges.map(({ cursor, node }) => ({ cursor, node: toLoginEventType(node) }));
  const endCursor = shown.at(-1)?.cursor ?? null;
  return { edges: shown, nodes: shown.map(({ node }) => node), pageInfo: { hasNextPage, endCursor } };
}
