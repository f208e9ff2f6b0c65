import type { Call, SignedInCall } from '../../call.js';
import { AuthError } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { sha256 } from '../../platform/digest.js';
import { userEvent } from '../events/event.js';
import type { MailTokenStore } from '../mail/mail-token.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import type { User } from '../users/user.js';
import { verificationMail } from './email-verification.mail.js';
import type { EmailVerificationStore } from './email-verification.store.js';

export type EmailVerificationService = ReturnType<typeof createEmailVerificationService>;

interface Deps {
  outbox: Outbox;
  mailTokens: MailTokenStore;
  store: EmailVerificationStore;
  clock: Clock;
}

export function createEmailVerificationService({ outbox, mailTokens, store, clock }: Deps) {
  return {
    /** Enqueues a fresh link for the caller. For an address that is verified already none is sent; the answer is the same. */
    async request({ principal }: SignedInCall): Promise<void> {
      await outbox.enqueue({ kind: verificationMail.name, email: principal.user.email, now: clock.now() });
    },

    /** Marks the address as verified; holding the token proves the mailbox. Rejects with `INVALID_TOKEN`. */
    async verify(call: Call, token: string): Promise<User> {
      const digest = sha256(token);
      const userId = await mailTokens.find(digest, verificationMail.name, clock.now());
      if (userId === null) throw new AuthError('INVALID_TOKEN');
      const now = clock.now();
      const event = userEvent({ kind: 'EMAIL_VERIFIED', at: now, userId }, call);
      const user = await store.verify({ userId, digest, now, event });
      if (!user) throw new AuthError('INVALID_TOKEN');
      return user;
    },
  };
}
