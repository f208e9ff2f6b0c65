import type { Platform } from '../../open-platform.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import type { Feature } from '../feature.js';
import type { MailTokenStore } from '../mail/mail-token.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import type { SignIn } from '../sign-in/sign-in.service.js';
import { LoginResolver } from './login.resolver.js';
import { createLoginService } from './login.service.js';
import { createPasswordStore } from './password.store.js';
import { PasswordChangeResolver } from './password-change.resolver.js';
import { createPasswordChangeService } from './password-change.service.js';
import { passwordResetMail } from './password-reset.mail.js';
import { PasswordResetResolver } from './password-reset.resolver.js';
import { createPasswordResetService } from './password-reset.service.js';
import { createPasswordResetStore } from './password-reset.store.js';

interface Deps {
  hashing: Hashing;
  signIn: SignIn;
  cookies: CookiePolicy;
  outbox: Outbox;
  mailTokens: MailTokenStore;
}

/** Passwords: login, change, and reset by a mailed token. */
export function passwordFeature({ db, clock, config, background }: Platform, deps: Deps) {
  const { hashing, signIn, cookies, outbox, mailTokens } = deps;
  const passwords = createPasswordStore(db);
  const settings = config;
  const logins = createLoginService({ passwords, signIn, hashing, background });
  const changes = createPasswordChangeService({ passwords, signIn, hashing, settings });
  const store = createPasswordResetStore(db);
  const resets = createPasswordResetService({ outbox, mailTokens, store, hashing, clock, settings });
  const feature: Feature = {
    mails: [passwordResetMail],
    resolvers: [
      new LoginResolver(logins, cookies),
      new PasswordChangeResolver(changes, cookies),
      new PasswordResetResolver(resets),
    ],
  };
  return { ...feature, passwords };
}
