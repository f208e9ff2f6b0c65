import type { Platform } from '../../open-platform.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import type { Feature } from '../feature.js';
import type { CookiePolicy } from '../sessions/cookie-policy.js';
import type { SignIn } from '../sign-in/sign-in.service.js';
import type { UserStore } from '../users/user.store.js';
import { SignUpResolver } from './sign-up.resolver.js';
import { createSignUpService } from './sign-up.service.js';

interface Deps {
  users: UserStore;
  hashing: Hashing;
  signIn: SignIn;
  cookies: CookiePolicy;
}

/** New accounts. */
export function signUpFeature({ clock, config }: Platform, { users, hashing, signIn, cookies }: Deps): Feature {
  const signUps = createSignUpService({ users, signIn, hashing, clock, settings: config });
  return { resolvers: [new SignUpResolver(signUps, cookies)] };
}
