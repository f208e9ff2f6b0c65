import { createHash } from 'node:crypto';
import type { ErrorCode } from '../../errors.js';
import { isId, newIdAt } from '../../platform/ids.js';
import type { ClientInfo } from '../sessions/session.js';

/** An attempt to sign in. */
export interface LoginEvent {
  /** In the order of `at`, so it is also where a page begins and ends. */
  id: string;
  /** Null for an attempt on an account that does not exist. */
  userId: string | null;
  at: Date;
  /** Why it was refused; null for a success. */
  failure: ErrorCode | null;
  sessionId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
}

export const historyDays = 90;
export const maxEventsPerUser = 1_000;

/** The session that this sign-in started. */
export function succeeded(session: { id: string; userId: string; createdAt: Date } & ClientInfo): LoginEvent {
  const { id: sessionId, userId, createdAt: at, ipAddress, userAgent } = session;
  return { id: newIdAt(at), userId, at, failure: null, sessionId, ipAddress, userAgent };
}

/** A sign-in to this account (null: to none that exists) was refused. */
export function failed(userId: string | null, failure: ErrorCode, at: Date, client: ClientInfo): LoginEvent {
  return { id: newIdAt(at), userId, at, failure, sessionId: null, ...client };
}

/**
 * The cursor of an event in its owner's history. It carries a check of the two, so that a cursor that was altered, made
 * up or taken from another account is refused instead of silently pointing somewhere; whoever forges one on purpose
 * only pages through their own history.
 */
export function toCursor(userId: string, eventId: string): string {
  return Buffer.from(`${eventId}${check(userId, eventId)}`).toString('base64url');
}

/** The event's id that the cursor stands for; null where it is not a cursor as handed out to this user. */
export function fromCursor(userId: string, cursor: string): string | null {
  const eventId = Buffer.from(cursor, 'base64url').toString('utf8').slice(0, 36);
  return isId(eventId) && toCursor(userId, eventId) === cursor ? eventId : null;
}

function check(userId: string, eventId: string): string {
  return createHash('sha256').update(`login-history ${userId} ${eventId}`).digest('hex').slice(0, 12);
}
