import { join } from 'node:path';
import type { Platform } from '../../open-platform.js';
import { createMailer } from '../../platform/mailer.js';
import type { Feature } from '../feature.js';
import type { UserStore } from '../users/user.store.js';
import { createMailSender } from './mail.sender.js';
import { createMailTokenStore } from './mail-token.store.js';
import { createOutbox } from './outbox.store.js';

/** The outbox, and the tokens that mails carry. */
export function mailFeature({ db }: Platform) {
  const outbox = createOutbox(db);
  const mailTokens = createMailTokenStore(db);
  const feature: Feature = { expiring: [{ remove: mailTokens.removeExpired }] };
  return { ...feature, outbox, mailTokens };
}

interface SendingDeps extends Pick<ReturnType<typeof mailFeature>, 'outbox' | 'mailTokens'> {
  users: UserStore;
  features: readonly Feature[];
}

/** Sends the mails of all features. */
export function mailSendingFeature(p: Platform, { users, outbox, mailTokens, features }: SendingDeps): Feature {
  const { clock, log, config, dataDir, onClose } = p;
  const { smtpUrl, mailFrom: from, appUrl } = config;
  const mailer = createMailer({ smtpUrl, from, mailDir: join(dataDir, 'mail'), log });
  onClose(() => mailer.close());
  const kinds = features.flatMap(({ mails = [] }) => mails);
  return { workers: [createMailSender({ kinds, outbox, mailTokens, mailer, users, appUrl, clock, log })] };
}
