import type { Call } from '../../call.js';
import { AuthError } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { newId } from '../../platform/ids.js';
import { readInput } from '../../platform/input.js';
import { enqueueVerification } from '../email/email-verification.mail.js';
import { userEvent } from '../events/event.js';
import { insertEvent } from '../events/event.sql.js';
import { type HashedPassword, insertPassword } from '../password/password.sql.js';
import type { Proof } from '../sign-in/proof.js';
import type { SignedIn, SignIn } from '../sign-in/sign-in.service.js';
import type { User } from '../users/user.js';
import { takenBy, type UserStore } from '../users/user.store.js';
import { type NewProfile, signUpRules } from './sign-up-rules.js';

export type SignUpService = ReturnType<typeof createSignUpService>;

interface Deps {
  users: UserStore;
  signIn: SignIn;
  hashing: Hashing;
  clock: Clock;
  settings: { passwordMinLength: number };
}

export function createSignUpService({ users, signIn, hashing, clock, settings }: Deps) {
  const rules = signUpRules(settings.passwordMinLength);

  function newUser(profile: NewProfile): User {
    const { email, username = null, firstName = null, lastName = null } = profile;
    const never = { emailVerifiedAt: null, lastLoginAt: null, deactivatedAt: null, secondFactorEnabledAt: null };
    return {
      id: newId(),
      email,
      username,
      firstName,
      lastName,
      createdAt: clock.now(),
      ...never,
      credentialsVersion: 0,
    };
  }

  return {
    /**
     * Creates an account, enqueues a verification mail for it and starts its first session. Of concurrent callers with one
     * email or username, one succeeds. Rejects with `EMAIL_TAKEN` or `USERNAME_TAKEN`; and with `EMAIL_NOT_VERIFIED` where
     * the server lets only verified addresses sign in: then the account is created without a session.
     */
    async signUp(call: Call, input: unknown): Promise<SignedIn> {
      const { password, ...profile } = readInput(rules, input, 'input');
      const taken = await users.taken(profile.email, profile.username ?? null);
      if (taken) throw new AuthError(taken);

      const hash = await hashing.hash(password);
      const hashed = { hash, cost: hashing.costOf(hash) };
      return signIn.admit(newAccount(newUser(profile), hashed, call), call).catch((error: unknown) => {
        const takenSince = takenBy(error);
        throw takenSince ? new AuthError(takenSince) : error;
      });
    },
  };
}

/** The account is created by the commit of its first session; where the gate rejects it, without one. */
function newAccount(user: User, password: HashedPassword, call: Call): Proof {
  return {
    user,
    method: 'PASSWORD',
    purpose: { kind: 'SIGN_UP' },
    also: (at) => [
      insertPassword(user.id, password),
      enqueueVerification(user, at),
      insertEvent(userEvent({ kind: 'SIGNED_UP', at, userId: user.id }, call)),
    ],
  };
}
