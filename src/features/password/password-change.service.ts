import * as z from 'zod';
import type { SignedInCall } from '../../call.js';
import { wrongPassword } from '../../errors.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import { voidTokens, withdrawMails } from '../mail/mail.sql.js';
import { endSessions, liveIds } from '../sessions/session.sql.js';
import type { Proof } from '../sign-in/proof.js';
import type { SignedIn, SignIn } from '../sign-in/sign-in.service.js';
import { type HashedPassword, setPassword } from './password.sql.js';
import type { PasswordStore } from './password.store.js';
import { passwordResetMail } from './password-reset.mail.js';
import { newPasswordRule, presentedPasswordRule } from './password-rule.js';

export type PasswordChangeService = ReturnType<typeof createPasswordChangeService>;

interface Deps {
  passwords: PasswordStore;
  signIn: SignIn;
  hashing: Hashing;
  settings: { passwordMinLength: number };
}

export function createPasswordChangeService({ passwords, signIn, hashing, settings }: Deps) {
  const rules = z.object({
    currentPassword: presentedPasswordRule,
    newPassword: newPasswordRule(settings.passwordMinLength),
  });
  return {
    /**
     * Replaces the caller's password, ends every session, voids what could reset the password, and starts a new session.
     * Rejects a wrong current password with `INVALID_CREDENTIALS`. Of two concurrent calls one succeeds; the other finds
     * its session ended.
     */
    async change(call: SignedInCall, input: unknown): Promise<SignedIn & { endedSessionIds: string[] }> {
      const { currentPassword, newPassword } = readInput(rules, input, 'input');
      const stored = await passwords.findHash(call.principal.user.id);
      if (stored === null) throw wrongPassword();
      const hash = await hashing.replace(currentPassword, stored, newPassword);
      if (hash === null) throw wrongPassword();

      const proof = changedPassword(call, { hash, cost: hashing.costOf(hash) });
      const signedIn = await signIn.admit(proof, call);
      const endedSessionIds = liveIds(signedIn.returned[0], signedIn.issued.session.createdAt);
      return { ...signedIn, endedSessionIds };
    },
  };
}

/** The first statement of `also` is the one that ends the sessions. */
function changedPassword({ principal: { user, session } }: SignedInCall, password: HashedPassword): Proof {
  return {
    user,
    method: 'PASSWORD',
    purpose: { kind: 'REPLACE', session, event: 'PASSWORD_CHANGED' },
    also: (at) => [
      endSessions(user.id, at, 'PASSWORD_CHANGED'),
      setPassword(user.id, password),
      voidTokens(user.id, passwordResetMail.name),
      withdrawMails(user.id, passwordResetMail.name),
    ],
  };
}
