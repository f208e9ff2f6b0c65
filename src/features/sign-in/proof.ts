import type { Statement } from '../../platform/database/statement.js';
import type { EventKind } from '../events/event.js';
import type { CurrentSession } from '../sessions/session.js';
import type { AuthenticationMethod, User } from '../users/user.js';

/** What a way to sign in hands to the gate once the user has proved who they are. */
export interface Proof {
  /** The account as it was when it was proved. Where it has changed since in what counts, the gate rejects the proof. */
  user: User;
  method: AuthenticationMethod;
  /** What the session is started for; it decides what the gate writes into the account. */
  purpose: Purpose;
  /** Spends what the user presented, such as a mailed token. Each must change a row, or the proof is rejected. */
  confirm?: readonly Statement[];
  /** What else belongs into the commit, before the session is inserted. */
  also?(at: Date): readonly Statement[];
}

export type Purpose =
  /** A sign-in to an account that exists. */
  | { kind: 'SIGN_IN' }
  /** The commit creates the account. It does so without a session, too, where the gate rejects the proof. */
  | { kind: 'SIGN_UP' }
  /**
   * The proof was made under a session, which the new one replaces after a change of credentials: recorded as this event
   * instead of a sign-in. The session that is replaced went through the gate before.
   */
  | { kind: 'REPLACE'; session: CurrentSession; event: EventKind };
