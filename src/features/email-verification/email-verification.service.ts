import { AuthError } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { sha256 } from '../../platform/digest.js';
import type { MailTokenStore } from '../mail/mail-token.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import type { Principal } from '../sessions/session.js';
import type { User } from '../users/user.js';
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
    /** Owes the caller a fresh link. An address that is verified already gets none, and the answer is the same. */
    async request(caller: Principal): Promise<void> {
      await outbox.enqueue({ kind: 'VERIFICATION', email: caller.user.email, now: clock.now() });
    },

    /** Marks the address as verified; holding the token proves the mailbox. Refuses with `INVALID_TOKEN`. */
    async verify(token: string): Promise<User> {
      const digest = sha256(token);
      const userId = await mailTokens.find(digest, 'VERIFICATION', clock.now());
      const user = userId === null ? null : await store.verify(userId, digest, clock.now());
      if (!user) throw new AuthError('INVALID_TOKEN');
      return user;
    },
  };
}
