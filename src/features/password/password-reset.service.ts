import * as z from 'zod';
import type { Call } from '../../call.js';
import { AuthError } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { sha256 } from '../../platform/digest.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import { userEvent } from '../events/event.js';
import type { MailTokenStore } from '../mail/mail-token.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import { emailRule } from '../users/user.js';
import { passwordResetMail } from './password-reset.mail.js';
import type { PasswordResetStore } from './password-reset.store.js';
import { newPasswordRule } from './password-rule.js';

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
     * Enqueues a reset mail to this address: one write, whether or not an account has it. Whether it is sent is decided
     * later, in the background, where the time of an answer tells nothing.
     */
    async request(_call: Call, email: string): Promise<void> {
      const address = readInput(requestRules, { email }).email;
      await outbox.enqueue({ kind: passwordResetMail.name, email: address, now: clock.now() });
    },

    /**
     * Sets a new password with a mailed token, and ends every session. Rejects with `INVALID_TOKEN`. The new password is
     * judged before the token is looked at and hashed before it is spent, so a rejection never spends the token.
     */
    async reset(call: Call, input: unknown): Promise<string[]> {
      const { token, newPassword } = readInput(rules, input, 'input');
      const tokenDigest = sha256(token);
      const userId = await mailTokens.find(tokenDigest, passwordResetMail.name, clock.now());
      if (userId === null) throw new AuthError('INVALID_TOKEN');

      const hash = await hashing.hash(newPassword);
      const password = { hash, cost: hashing.costOf(hash) };
      const now = clock.now();
      const event = userEvent({ kind: 'PASSWORD_RESET', at: now, userId }, call);
      const ended = await store.reset({ userId, tokenDigest, password, now, event });
      if (!ended) throw new AuthError('INVALID_TOKEN');
      return ended;
    },
  };
}
