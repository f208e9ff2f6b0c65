import * as z from 'zod';
import { AuthError } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { sha256 } from '../../platform/digest.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import type { MailTokenStore } from '../mail/mail-token.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import { newPasswordRule } from '../passwords/password-rule.js';
import { emailRule } from '../users/user.js';
import type { PasswordResetStore } from './password-reset.store.js';

export type PasswordResetService = ReturnType<typeof createPasswordResetService>;

interface Deps {
  outbox: Outbox;
  mailTokens: MailTokenStore;
  store: PasswordResetStore;
  hashing: Hashing;
  clock: Clock;
  settings: { passwordMinLength: number };
}

const requestRules = z.object({ email: emailRule });

export function createPasswordResetService({ outbox, mailTokens, store, hashing, clock, settings }: Deps) {
  const rules = z.object({ token: z.string(), newPassword: newPasswordRule(settings.passwordMinLength) });
  return {
    /**
     * Notes that this address asked for a reset link: one write, whether there is such an account or not. Who gets a
     * mail is decided later, where nobody measures the time.
     */
    async request(email: string): Promise<void> {
      const address = readInput(requestRules, { email }).email;
      await outbox.enqueue({ kind: 'RESET', email: address, now: clock.now() });
    },

    /**
     * Sets a new password with a mailed token, and ends every session. Refuses with `INVALID_TOKEN`. The new password is
     * judged before the token is looked at and hashed before it is spent, so a refusal never costs the token.
     */
    async reset(input: unknown): Promise<string[]> {
      const { token, newPassword } = readInput(rules, input, 'input');
      const tokenDigest = sha256(token);
      const userId = await mailTokens.find(tokenDigest, 'RESET', clock.now());
      if (userId === null) throw new AuthError('INVALID_TOKEN');

      const passwordHash = await hashing.hash(newPassword);
      const ended = await store.reset({ userId, tokenDigest, passwordHash, now: clock.now() });
      if (!ended) throw new AuthError('INVALID_TOKEN');
      return ended;
    },
  };
}
