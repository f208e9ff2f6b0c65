import type { Platform } from '../../open-platform.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import type { Feature } from '../feature.js';
import type { PasswordStore } from '../password/password.store.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import { DeactivationResolver } from './deactivation.resolver.js';
import { createDeactivationService } from './deactivation.service.js';
import { createDeactivationStore } from './deactivation.store.js';

interface Deps {
  passwords: PasswordStore;
  hashing: Hashing;
  cookies: CookiePolicy;
}

/** Closing an account to sign-in. */
export function deactivationFeature({ db, clock }: Platform, { passwords, hashing, cookies }: Deps): Feature {
  const store = createDeactivationStore(db);
  const deactivations = createDeactivationService({ passwords, store, hashing, clock });
  return { resolvers: [new DeactivationResolver(deactivations, cookies)] };
}
