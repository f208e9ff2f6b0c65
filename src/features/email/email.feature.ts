import type { Platform } from '../../open-platform.js';
import type { Feature } from '../feature.js';
import type { MailTokenStore } from '../mail/mail-token.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import { verificationMail } from './email-verification.mail.js';
import { EmailVerificationResolver } from './email-verification.resolver.js';
import { createEmailVerificationService } from './email-verification.service.js';
import { createEmailVerificationStore } from './email-verification.store.js';

/** The email address: its verification. */
export function emailFeature({ db, clock }: Platform, deps: { outbox: Outbox; mailTokens: MailTokenStore }): Feature {
  const store = createEmailVerificationStore(db);
  const verifications = createEmailVerificationService({ ...deps, store, clock });
  return { mails: [verificationMail], resolvers: [new EmailVerificationResolver(verifications)] };
}
