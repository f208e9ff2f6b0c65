import type { Platform } from '../../open-platform.js';
import type { EventStore } from '../events/event.store.js';
import type { Feature } from '../feature.js';
import type { SessionIssuer } from '../sessions/session-issuer.js';
import type { UserStore } from '../users/user.store.js';
import type { Factor } from './factor.js';
import { createSignIn } from './sign-in.service.js';
import { createSignInStore } from './sign-in.store.js';

interface Deps {
  users: UserStore;
  events: EventStore;
  issuer: SessionIssuer;
  factors: readonly Factor[];
}

/** The gate: what every way to sign in ends in. */
export function signInFeature({ db, clock, background, config }: Platform, deps: Deps) {
  const store = createSignInStore(db);
  const feature: Feature = { expiring: [{ remove: store.removeExpired }] };
  return { ...feature, signIn: createSignIn({ ...deps, store, clock, background, settings: config }) };
}
