import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { describeDevice } from '../../platform/device.js';
import type { User } from '../users/user.js';
import { toUserType, UserType } from '../users/user.types.js';
import type { Session } from './session.js';
import type { IssuedSession } from './session-issuer.js';

export enum TokenDelivery {
  BODY = 'BODY',
  COOKIE = 'COOKIE',
}

registerEnumType(TokenDelivery, {
  name: 'TokenDelivery',
  description: 'How a refresh token reaches the client.',
  valuesConfig: {
    BODY: { description: 'In the payload, for native apps, servers and playgrounds.' },
    COOKIE: {
      description:
        'In an HttpOnly, Secure, SameSite=Strict cookie, for web pages; refresh and logout then need no argument.',
    },
  },
});

@ObjectType('Session', { description: 'A signed-in device: what a login starts and a logout ends.' })
export class SessionType {
  @Field(() => ID, { description: 'Also the sid claim of its access tokens.' })
  id!: string;

  @Field(() => Boolean, {
    description: 'Whether this is the session of the presented access token, or the one just started.',
  })
  current!: boolean;

  @Field(() => Date, { description: 'When the session started.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'Last use, exact to a minute.' })
  lastUsedAt!: Date;

  @Field(() => Date, {
    description: 'The earlier of the idle limit and the absolute limit. A refresh extends the idle limit.',
  })
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'The IP address that it was started from.' })
  ipAddress!: string | null;

  @Field(() => String, { nullable: true, description: 'The User-Agent header of the request that started it.' })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The user agent in words, for example: Firefox on Linux.' })
  device!: string | null;
}

@ObjectType({ description: 'A started or refreshed session: its tokens and its account.' })
export class AuthPayload {
  @Field(() => String, { description: 'A signed JWT (at+jwt) to send as: Authorization: Bearer …' })
  accessToken!: string;

  @Field(() => Date, { description: 'When the access token expires: refresh before then.' })
  accessTokenExpiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'Null where the refresh token travels in a cookie instead.' })
  refreshToken!: string | null;

  @Field(() => Date, { description: 'When the refresh token expires: after that, log in again.' })
  refreshTokenExpiresAt!: Date;

  @Field(() => SessionType, { description: 'The session that the tokens belong to.' })
  session!: SessionType;

  @Field(() => UserType, { description: 'The account that is signed in.' })
  user!: UserType;
}

@ObjectType({ description: 'The sessions that were ended.' })
export class LogoutPayload {
  @Field(() => [ID], { description: 'The sessions that this call ended.' })
  endedSessionIds!: string[];
}

/** The session as GraphQL shows it to the one who uses `currentId`. */
export function toSessionType(session: Session, currentId: string): SessionType {
  const { id, createdAt, lastUsedAt, expiresAt, ipAddress, userAgent } = session;
  const device = describeDevice(userAgent);
  return { id, current: id === currentId, createdAt, lastUsedAt, expiresAt, ipAddress, userAgent, device };
}

/** The issued session as GraphQL shows it; `refreshToken` is null where it travels in the cookie. */
export function toAuthPayload(
  { session, accessToken, accessTokenExpiresAt }: IssuedSession,
  user: User,
  refreshToken: string | null,
): AuthPayload {
  return {
    accessToken,
    accessTokenExpiresAt,
    refreshToken,
    refreshTokenExpiresAt: session.expiresAt,
    session: toSessionType(session, session.id),
    user: toUserType(user),
  };
}
