import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { RequestContext } from '../../graphql/context.js';
import type { User } from '../users/user.js';
import { toUserType, UserType } from '../users/user.types.js';
import { describeDevice } from './device.js';
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
  @Field(() => ID, { description: 'Also in its access tokens, as sid.' })
  id!: string;

  @Field(() => Boolean, {
    description: 'Whether this is the session of the presented access token, or the one just started.',
  })
  current!: boolean;

  @Field(() => Date, { description: 'When it was started.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'Last use, exact to a minute.' })
  lastUsedAt!: Date;

  @Field(() => Date, { description: 'The earlier of its idle and its absolute limit; a refresh moves the idle one.' })
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'Where it was started from.' })
  ipAddress!: string | null;

  @Field(() => String, { nullable: true, description: 'The User-Agent header that started it.' })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The user agent in words, for example: Firefox on Linux.' })
  device!: string | null;
}

@ObjectType({ description: 'A started or refreshed session: its tokens, and whose it is.' })
export class AuthPayload {
  @Field(() => String, { description: 'A signed JWT (at+jwt) to send as: Authorization: Bearer …' })
  accessToken!: string;

  @Field(() => Date, { description: 'Refresh before then.' })
  accessTokenExpiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'Null where the refresh token travels in a cookie instead.' })
  refreshToken!: string | null;

  @Field(() => Date, { description: 'Log in again after then.' })
  refreshTokenExpiresAt!: Date;

  @Field(() => SessionType, { description: 'The session that the tokens belong to.' })
  session!: SessionType;

  @Field(() => UserType, { description: 'The account that is signed in.' })
  user!: UserType;
}

@ObjectType({ description: 'What a logout ended.' })
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

/** The issued tokens as the client asked for them: in the payload, or the refresh token in a cookie instead. */
export function toAuthPayload(
  issued: IssuedSession,
  user: User,
  delivery: TokenDelivery,
  context: RequestContext,
): AuthPayload {
  const { session, accessToken, accessTokenExpiresAt, refreshToken } = issued;
  if (delivery === TokenDelivery.COOKIE) context.cookie.set(refreshToken, session.expiresAt);
  return {
    accessToken,
    accessTokenExpiresAt,
    refreshToken: delivery === TokenDelivery.COOKIE ? null : refreshToken,
    refreshTokenExpiresAt: session.expiresAt,
    session: toSessionType(session, session.id),
    user: toUserType(user),
  };
}
