import type { Call, ClientInfo } from '../../call.js';
import type { ErrorCode } from '../../errors.js';
import { newIdAt } from '../../platform/ids.js';
import type { AuthenticationMethod } from '../users/user.js';

/** The kinds that the login history shows. */
export const signInKinds = ['SIGNED_IN', 'SIGN_IN_REFUSED'] as const;

/** What else can happen. The words are those of the security events in the public contract. */
export const otherKinds = [
  'SIGNED_UP',
  'SESSION_ENDED',
  'SESSIONS_ENDED',
  'REFRESH_TOKEN_REUSED',
  'PASSWORD_CHANGED',
  'PASSWORD_RESET',
  'EMAIL_VERIFIED',
  'PROFILE_CHANGED',
  'ACCOUNT_DEACTIVATED',
  'ACCOUNT_REACTIVATED',
  'KEY_ADDED',
  'KEY_REVOKED',
] as const;

export type EventKind = (typeof signInKinds | typeof otherKinds)[number];

/** Who did it: the account's owner, an operator by a command, the service by itself, or a request without a proof. */
export type Actor = 'USER' | 'OPERATOR' | 'SERVICE' | 'ANONYMOUS';

/** Something that happened. It is written in the transaction of the deed. */
export interface Event {
  /** In the order of `at`, so it is also where a page begins and ends. */
  id: string;
  kind: EventKind;
  at: Date;
  /** Whose account; null for a sign-in to an account that does not exist, and for what concerns no account. */
  userId: string | null;
  actor: Actor;
  sessionId: string | null;
  /** The first proof of a sign-in; null for other events, and for those that are older than this field. */
  method: AuthenticationMethod | null;
  /** Why a sign-in was rejected. */
  failure: ErrorCode | null;
  ipAddress: string | null;
  userAgent: string | null;
}

export const historyDays = 90;
export const maxSignInEventsPerUser = 1_000;
/** How long other events are kept. */
export const eventDays = 400;

type Facts = Pick<Event, 'kind' | 'at' | 'userId'> & Partial<Pick<Event, 'sessionId' | 'method' | 'failure'>>;

/** What the account's owner did. */
export function userEvent(facts: Facts & { userId: string }, { client }: Call): Event {
  return makeEvent('USER', facts, client);
}

/** A sign-in to this account (null: to one that does not exist) was rejected. */
export function signInRejected(
  facts: Omit<Facts, 'kind'> & { failure: ErrorCode; method: AuthenticationMethod },
  { client }: Call,
): Event {
  return makeEvent('ANONYMOUS', { ...facts, kind: 'SIGN_IN_REFUSED' }, client);
}

/** What an operator did by a command, or the service by itself. */
export function serviceEvent(actor: 'OPERATOR' | 'SERVICE', facts: Facts): Event {
  return makeEvent(actor, facts, { ipAddress: null, userAgent: null });
}

function makeEvent(actor: Actor, facts: Facts, { ipAddress, userAgent }: ClientInfo): Event {
  const { kind, at, userId, sessionId = null, method = null, failure = null } = facts;
  return { id: newIdAt(at), kind, at, userId, actor, sessionId, method, failure, ipAddress, userAgent };
}
