import type { Principal } from '../../call.js';
import { whyOver } from './session.js';

/**
 * Why a request under this session is rejected; null where it is not. Sessions of an account that was deactivated by hand
 * may not have been ended.
 */
export function whyRejected({ user, session }: Principal, now: Date): 'SESSION_ENDED' | 'EXPIRED' | null {
  return whyOver(session, now) ?? (user.deactivatedAt ? 'SESSION_ENDED' : null);
}
