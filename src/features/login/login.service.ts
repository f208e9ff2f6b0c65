import { AuthError, type ErrorCode } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { newId } from '../../platform/ids.js';
import { readInput } from '../../platform/input.js';
import { failed, succeeded } from '../login-history/login-event.js';
import type { LoginHistoryStore } from '../login-history/login-history.store.js';
import type { Outbox } from '../mail/outbox.store.js';
import { normalizePassword, passwordFault } from '../passwords/password.js';
import type { ClientInfo, Session } from '../sessions/session.js';
import type { IssuedSession, SessionService } from '../sessions/session.service.js';
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

interface Deps {
  users: UserStore;
  store: LoginStore;
  history: LoginHistoryStore;
  outbox: Outbox;
  sessions: SessionService;
  hashing: Hashing;
  clock: Clock;
  settings: LoginSettings;
}

/** The one gate to a session. Every way to sign in hands its result to `admit`, which alone decides what follows. */
export function createLoginService(deps: Deps) {
  const { users, store, history, outbox, sessions, hashing, clock, settings } = deps;

  async function refuse(userId: string | null, code: ErrorCode, client: ClientInfo): Promise<never> {
    await history.record(failed(userId, code, clock.now(), client));
    throw new AuthError(code);
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
  async function isRight(text: string, account: Account | null): Promise<boolean> {
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

  async function admit({ user, password }: Account, client: ClientInfo): Promise<SignedIn> {
    const refusal = whyNot(user);
    if (refusal === 'EMAIL_NOT_VERIFIED') await outbox.enqueue(verificationMail(user.email));
    if (refusal) return refuse(user.id, refusal, client);

    const session = await sessions.prepare(user.id, client);
    if (!(await store.start(session, password.version))) return refuseOvertaken(user.id, client);
    return { issued: await sessions.issue(session), user: { ...user, lastLoginAt: session.createdAt } };
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

  async function register(
    user: User,
    passwordHash: string,
    session: Session | null,
    client: ClientInfo,
  ): Promise<void> {
    const event = session ? succeeded(session) : failed(user.id, 'EMAIL_NOT_VERIFIED', user.createdAt, client);
    const taken = await store.register({ user, passwordHash, mail: verificationMail(user.email), session, event });
    if (taken) throw new AuthError(taken);
  }

  return {
    /**
     * Signs in with an email or a username, and a password. Refuses with `INVALID_CREDENTIALS` (unknown or wrong: the
     * same work, the same writes, the same answer), `ACCOUNT_DEACTIVATED`, `EMAIL_NOT_VERIFIED`, or
     * `SERVICE_UNAVAILABLE` where too many passwords wait to be checked.
     */
    async login(input: unknown, client: ClientInfo): Promise<SignedIn> {
      const { password, ...name } = readInput(loginRules, input, 'input');
      const account = await findAccount(name);
      const right = await isRight(password, account);
      if (!account || !right) return refuse(account?.user.id ?? null, 'INVALID_CREDENTIALS', client);
      return admit(account, client);
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
      if (whyNot(user)) {
        await register(user, passwordHash, null, client);
        throw new AuthError('EMAIL_NOT_VERIFIED');
      }
      const session = await sessions.prepare(user.id, client);
      const admitted = { ...user, lastLoginAt: session.createdAt };
      await register(admitted, passwordHash, session, client);
      return { issued: await sessions.issue(session), user: admitted };
    },
  };
}
