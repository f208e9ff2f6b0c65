import type { Call } from '../../call.js';
import { isOutage } from '../../errors.js';
import type { Background } from '../../platform/background.js';
import { normalizeEmail } from '../../platform/email-address.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import type { SignedIn, SignIn } from '../sign-in/sign-in.service.js';
import { normalizeUsername } from '../users/user.js';
import { type LoginName, loginRules } from './login-rules.js';
import { normalizePassword, passwordError } from './password.js';
import type { PasswordCheck, PasswordStore } from './password.store.js';

export type LoginService = ReturnType<typeof createLoginService>;

interface Deps {
  passwords: PasswordStore;
  signIn: SignIn;
  hashing: Hashing;
  background: Background;
}

/** Login by password: a way to sign in. */
export function createLoginService({ passwords, signIn, hashing, background }: Deps) {
  /**
   * Whether the password is right. Every wrong one costs the same work, that of the highest stored cost: for an unknown
   * account, one without a password, and a password of a form that no account can have. A right one whose hash has another
   * cost than the server's is hashed anew.
   */
  async function verifyAndRenew(text: string, { user, hash, highestCost }: PasswordCheck): Promise<boolean> {
    const password = normalizePassword(text);
    const stored = passwordError(text) === null ? hash : null;
    const right = await hashing.verify(password, stored, highestCost);
    if (right && user && stored !== null && hashing.needsRenewal(stored)) renewLater(user.id, stored, password);
    return right;
  }

  /** Hashes a right password anew while it is at hand. Where too many wait to be hashed, the next login tries again. */
  function renewLater(userId: string, stored: string, password: string): void {
    background.run(async () => {
      const hash = await hashing.hash(password).catch(nullIfOutage);
      if (hash) await passwords.renewHash(userId, stored, { hash, cost: hashing.costOf(hash) });
    });
  }

  return {
    /**
     * Signs in with an email or a username, and a password. Rejects with `INVALID_CREDENTIALS` (unknown or wrong: the
     * same work, the same write, the same answer), with what the gate says, or with `SERVICE_UNAVAILABLE` where too many
     * passwords wait to be checked.
     */
    async login(call: Call, input: unknown): Promise<SignedIn> {
      const { password, ...name } = readInput(loginRules, input, 'input');
      const check = await passwords.findByName(storedName(name));
      const right = await verifyAndRenew(password, check);
      if (!check.user || !right) {
        return signIn.reject({ userId: check.user?.id ?? null, method: 'PASSWORD' }, 'INVALID_CREDENTIALS', call);
      }
      return signIn.admit({ user: check.user, method: 'PASSWORD', purpose: { kind: 'SIGN_IN' } }, call);
    },
  };
}

/** A name that no account can have becomes an empty one: it is looked up like any other, so that it takes the same time. */
function storedName({ email, username }: LoginName): { email: string } | { username: string } {
  if (email != null) return { email: normalizeEmail(email) ?? '' };
  return { username: normalizeUsername(username ?? '') ?? '' };
}

function nullIfOutage(error: unknown): null {
  if (isOutage(error)) return null;
  throw error;
}
