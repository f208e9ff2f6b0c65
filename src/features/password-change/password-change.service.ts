import * as z from 'zod';
import { sessionEnded, wrongPassword } from '../../errors.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import { newPasswordRule, presentedPasswordRule } from '../passwords/password-rule.js';
import type { ClientInfo, Principal } from '../sessions/session.js';
import type { IssuedSession, SessionIssuer } from '../sessions/session-issuer.js';
import type { UserStore } from '../users/user.store.js';
import type { PasswordChangeStore } from './password-change.store.js';

export type PasswordChangeService = ReturnType<typeof createPasswordChangeService>;

interface Deps {
  users: UserStore;
  store: PasswordChangeStore;
  issuer: SessionIssuer;
  hashing: Hashing;
  settings: { passwordMinLength: number };
}

export function createPasswordChangeService({ users, store, issuer, hashing, settings }: Deps) {
  const rules = z.object({
    currentPassword: presentedPasswordRule,
    newPassword: newPasswordRule(settings.passwordMinLength),
  });
  return {
    /**
     * Replaces the caller's password, ends every session and starts a new one. Refuses a wrong current password with
     * `INVALID_CREDENTIALS`. Of two at once one wins; the other finds its session ended.
     */
    async change(
      caller: Principal,
      input: unknown,
      client: ClientInfo,
    ): Promise<{ ended: string[]; issued: IssuedSession }> {
      const { currentPassword, newPassword } = readInput(rules, input, 'input');
      const account = await users.find(caller.user.id);
      if (!account) throw sessionEnded();
      const passwordHash = await hashing.replace(currentPassword, account.password.hash, newPassword);
      if (passwordHash === null) throw wrongPassword();

      const session = await issuer.prepare(account.user.id, client);
      const issued = await issuer.issue(session);
      const passwordVersion = account.password.version;
      const ended = await store.change({ sessionId: caller.session.id, passwordHash, passwordVersion, session });
      if (!ended) throw sessionEnded();
      return { ended, issued };
    },
  };
}
