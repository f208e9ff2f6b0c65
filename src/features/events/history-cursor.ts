import { createHash } from 'node:crypto';
import { isId } from '../../platform/ids.js';

/**
 * The cursor of an event in its owner's history. It carries a check of the two, so that a cursor that was altered, made
 * up or taken from another account is rejected instead of silently pointing somewhere. The check keeps no secret: a user
 * who forges one pages only through their own history.
 */
export function toCursor(userId: string, eventId: string): string {
  return Buffer.from(`${eventId}${check(userId, eventId)}`).toString('base64url');
}

/** The id of the cursor's event; null where the cursor was not issued to this user. */
export function fromCursor(userId: string, cursor: string): string | null {
  const eventId = Buffer.from(cursor, 'base64url').toString('utf8').slice(0, 36);
  return isId(eventId) && toCursor(userId, eventId) === cursor ? eventId : null;
}

function check(userId: string, eventId: string): string {
  return createHash('sha256').update(`login-history ${userId} ${eventId}`).digest('hex').slice(0, 12);
}
