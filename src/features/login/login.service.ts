import { AuthError, type ErrorCode } from '../../errors.js';
import type { Background } from '../../platform/background.js';
import type { Clock } from '../../platform/clock.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { newId } from '../../platform/ids.js';
import { readInput } from '../../platform/input.js';
import { failed } from '../login-history/login-event.js';
import type { LoginHistoryStore } from '../login-history/login-history.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import { normalizePassword, passwordFault } from '../passwords/password.js';
import type { ClientInfo, Session } from '../sessions/session.js';
import type { IssuedSession, SessionIssuer } from '../sessions/session-issuer.js';
import { normalizeEmail, normalizeUsername, type User } from '../users/user.js';
import type { Account, UserStore } from '../users/user.store.js';
import { type LoginName, loginRules, type NewProfile, signupRules } from './login.js';
import type { LoginStore } from './login.store.js';

export type LoginService = ReturnType<typeof createLoginService>;

export interface SignedIn {
  issued: IssuedSession;
  user: User;
}

export interface LoginSettings {
  passwordMinLength: number;
  requireVerifiedEmail: boolean;
}

/** What being let in, or not, means for whoever proved who they are. */
interface Entry {
  /** Stores the session. False: the account is no longer as it was when that was proved. */
  start(session: Session): Promise<boolean>;
  refused(code: ErrorCode): Promise<void>;
}

interface Deps {
  users: UserStore;
  store: LoginStore;
  history: LoginHistoryStore;
  outbox: Outbox;
  issuer: SessionIssuer;
  hashing: Hashing;
  clock: Clock;
  background: Background;
  settings: LoginSettings;
}

/**
 * The one gate for signing in (a changed password starts its own session). Every way to sign in hands its result to
 * `admit`, which alone decides what follows.
 */
export function createLoginService(deps: Deps) {
  const { users, store, history, outbox, issuer, hashing, clock, background, settings } = deps;

  async function refuse(userId: string | null, code: ErrorCode, client: ClientInfo): Promise<never> {
    await history.record(failed(userId, code, clock.now(), client));
    trimLater(userId);
    throw new AuthError(code);
  }

  /** Not while somebody waits: how many events there are to forget would tell known accounts from unknown ones. */
  function trimLater(userId: string | null): void {
    background.run(() => history.trim(userId));
  }

  async function findAccount(input: LoginName): Promise<Account | null> {
    if (input.email != null) {
      const email = normalizeEmail(input.email);
      return email === null ? null : users.findBy({ email });
    }
    const username = normalizeUsername(input.username ?? '');
    return username === null ? null : users.findBy({ username });
  }

  /**
   * Whether the password is right. A password of a form that nobody can have costs the same work as a wrong one. A right
   * one whose hash has another cost than the server's is hashed anew while it is at hand.
   */
  async function verifyAndRenew(text: string, account: Account | null): Promise<boolean> {
    const password = normalizePassword(text);
    const hash = account && passwordFault(text) === null ? account.password.hash : null;
    if (!account || hash === null || !hashing.needsRenewal(hash)) return hashing.verify(password, hash);
    const renewed = await hashing.replace(password, hash, password);
    if (renewed !== null) await users.renewHash(account.user.id, hash, renewed);
    return renewed !== null;
  }

  /** Why this account may not sign in, although its owner proved who they are. */
  function whyNot(user: User): ErrorCode | null {
    if (user.deactivatedAt !== null) return 'ACCOUNT_DEACTIVATED';
    return settings.requireVerifiedEmail && user.emailVerifiedAt === null ? 'EMAIL_NOT_VERIFIED' : null;
  }

  async function admit(user: User, entry: Entry, client: ClientInfo): Promise<SignedIn> {
    const refusal = whyNot(user);
    if (refusal) {
      await entry.refused(refusal);
      return refuse(user.id, refusal, client);
    }
    const session = await issuer.prepare(user.id, client);
    // Signed first and committed afterwards: an outage in between leaves nothing, and trying again is safe.
    const issued = await issuer.issue(session);
    if (!(await entry.start(session))) return refuseOvertaken(user.id, client);
    trimLater(user.id);
    return { issued, user: { ...user, lastLoginAt: session.createdAt } };
  }

  /** While the password was being checked the account was deactivated, or the password replaced. */
  async function refuseOvertaken(userId: string, client: ClientInfo): Promise<never> {
    const account = await users.find(userId);
    const deactivated = account !== null && account.user.deactivatedAt !== null;
    return refuse(account && userId, deactivated ? 'ACCOUNT_DEACTIVATED' : 'INVALID_CREDENTIALS', client);
  }

  function verificationMail(email: string) {
    return { kind: 'VERIFICATION' as const, email, now: clock.now() };
  }

  function newUser(input: NewProfile): User {
    const { email, username = null, firstName = null, lastName = null } = input;
    const never = { emailVerifiedAt: null, lastLoginAt: null, deactivatedAt: null };
    return { id: newId(), email, username, firstName, lastName, createdAt: clock.now(), ...never };
  }

  function entryOf({ user, password }: Account): Entry {
    return {
      start: (session) => store.start(session, password.version),
      async refused(code) {
        if (code === 'EMAIL_NOT_VERIFIED') await outbox.enqueue(verificationMail(user.email));
      },
    };
  }

  /** Of a new account: it is stored with its first session, or without one where it may not sign in yet. */
  function firstEntryOf(user: User, passwordHash: string): Entry {
    const register = async (session: Session | null) => {
      const taken = await store.register({ user, passwordHash, mail: verificationMail(user.email), session });
      if (taken) throw new AuthError(taken);
      return true;
    };
    return { start: register, refused: () => register(null).then(() => undefined) };
  }

  return {
    /**
     * Signs in with an email or a username, and a password. Refuses with `INVALID_CREDENTIALS` (unknown or wrong: the
     * same work, the same write, the same answer), `ACCOUNT_DEACTIVATED`, `EMAIL_NOT_VERIFIED`, or
     * `SERVICE_UNAVAILABLE` where too many passwords wait to be checked.
     */
    async login(input: unknown, client: ClientInfo): Promise<SignedIn> {
      const { password, ...name } = readInput(loginRules, input, 'input');
      const account = await findAccount(name);
      const right = await verifyAndRenew(password, account);
      if (!account || !right) return refuse(account?.user.id ?? null, 'INVALID_CREDENTIALS', client);
      return admit(account.user, entryOf(account), client);
    },

    /**
     * Creates an account, owes it a verification mail and starts its first session. Refuses with `EMAIL_TAKEN` or
     * `USERNAME_TAKEN`; with `EMAIL_NOT_VERIFIED` where the server lets only verified addresses in: the account then
     * exists all the same.
     */
    async signup(input: unknown, client: ClientInfo): Promise<SignedIn> {
      const { password, ...profile } = readInput(signupRules(settings.passwordMinLength), input, 'input');
      const taken = await users.taken(profile.email, profile.username ?? null);
      if (taken) throw new AuthError(taken);

      const passwordHash = await hashing.hash(password);
      const user = newUser(profile);
      return admit(user, firstEntryOf(user, passwordHash), client);
    },
  };
}
