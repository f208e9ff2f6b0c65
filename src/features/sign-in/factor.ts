import type { Statement } from '../../platform/database/statement.js';
import type { AuthenticationMethod, User } from '../users/user.js';

/** A second factor: a feature of its own, named in the list of factors in latchkey.ts. */
export interface Factor {
  method: AuthenticationMethod;
  /** Whether this account can answer a challenge with it. */
  isEnrolled(user: User): Promise<boolean>;
  /**
   * Checks an answer. Null: the answer is wrong. Otherwise the statements that spend it; each must change a row, so that one
   * answer works once.
   */
  check(user: User, answer: string, now: Date): Promise<readonly Statement[] | null>;
}
