import type { CurrentSession } from './features/sessions/session.js';
import type { User } from './features/users/user.js';

/** Where a request comes from, as sessions and events record it. */
export interface ClientInfo {
  ipAddress: string | null;
  userAgent: string | null;
}

/** The authenticated caller of a request. */
export interface Principal {
  user: User;
  session: CurrentSession;
}

/** Who calls from where: the first argument of every use case. */
export interface Call {
  client: ClientInfo;
}

/** A call under a session. */
export interface SignedInCall extends Call {
  principal: Principal;
}
