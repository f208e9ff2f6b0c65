import type { ErrorCode } from '../../errors.js';
import type { Statement } from '../../platform/database/statement.js';
import type { EventKind } from '../events/event.js';
import type { AuthenticationMethod, User } from '../users/user.js';

/** What a way to sign in hands to the gate once the user has proved who they are. */
export interface Proof {
  /** The account as it was when it was proved. */
  user: User;
  method: AuthenticationMethod;
  /**
   * Decides in the commit, at this time, whether the proof still holds: each must change a row. The first writes the
   * account's row and so takes its lock. For a password that is the update that names the version of the credentials; for a
   * mailed token, whose DELETE comes second, the lock alone.
   */
  confirm(at: Date): readonly [Statement, ...Statement[]];
  /** What else belongs into the commit, before the session is inserted. */
  also?(at: Date): readonly Statement[];
  /** What is committed where the gate rejects the proof with this code. */
  whenRejected?(code: ErrorCode, at: Date): readonly Statement[];
  /** The commit creates the account, so it has no other sessions. */
  isNewAccount?: boolean;
  /**
   * Set where the proof was made under a session, in whose place the new one comes: it is no sign-in, but this event.
   * The session has been through the gate before.
   */
  inPlaceOfSession?: EventKind;
}
