import type { Call } from '../../call.js';
import { AuthError, type ErrorCode, isOutage, sessionEnded } from '../../errors.js';
import type { Background } from '../../platform/background.js';
import type { Clock } from '../../platform/clock.js';
import type { Rows } from '../../platform/database/statement.js';
import { randomSecret, sha256 } from '../../platform/digest.js';
import { type Event, type EventKind, signInRejected, userEvent } from '../events/event.js';
import type { EventStore } from '../events/event.store.js';
import type { Session } from '../sessions/session.js';
import type { IssuedSession, SessionIssuer } from '../sessions/session-issuer.js';
import type { AuthenticationMethod, User } from '../users/user.js';
import { noteSignIn } from '../users/user.sql.js';
import type { UserStore } from '../users/user.store.js';
import { type Challenge, challengeLifetimeMs, maxWrongAnswers } from './challenge.js';
import type { Factor } from './factor.js';
import type { Proof } from './proof.js';
import type { SignInStore } from './sign-in.store.js';

export type SignIn = ReturnType<typeof createSignIn>;

export interface SignedIn {
  issued: IssuedSession;
  user: User;
  /** What the statements of the proof's `also` returned. */
  returned: Rows[];
}

/** An attempt to sign in, as the login history records it. */
export interface Attempt {
  /** Null: there is no such account. */
  userId: string | null;
  method: AuthenticationMethod;
}

interface Deps {
  users: UserStore;
  store: SignInStore;
  events: EventStore;
  issuer: SessionIssuer;
  factors: readonly Factor[];
  clock: Clock;
  background: Background;
  settings: { requireVerifiedEmail: boolean };
}

/**
 * The gate: the only code that starts a session. Every way to sign in hands a proof to `admit`, which rejects it, answers
 * it with a challenge, or starts the session.
 */
export function createSignIn(deps: Deps) {
  const { users, store, events, issuer, factors, clock, background, settings } = deps;

  /** Why this account may not sign in, although its owner proved who they are. */
  function whyNot(user: User): ErrorCode | null {
    if (user.deactivatedAt !== null) return 'ACCOUNT_DEACTIVATED';
    return settings.requireVerifiedEmail && user.emailVerifiedAt === null ? 'EMAIL_NOT_VERIFIED' : null;
  }

  /** In the background: how many events there are to delete would tell known accounts from unknown ones. */
  function trimLater(userId: string | null): void {
    background.run(() => events.trimSignIns(userId));
  }

  async function reject({ userId, method }: Attempt, code: ErrorCode, call: Call, proof?: Proof): Promise<never> {
    const at = clock.now();
    const event = signInRejected({ userId, at, failure: code, method }, call);
    await store.reject(event, proof?.whenRejected?.(code, at)).catch(unlessRecorded(event));
    trimLater(userId);
    throw new AuthError(code);
  }

  /**
   * For an outage of the database: its answer to COMMIT may be all that was lost. A sign-up that was told to repeat would
   * find its address taken.
   */
  function unlessRecorded(event: Pick<Event, 'id' | 'sessionId'>) {
    return async (error: unknown): Promise<never[]> => {
      if (isOutage(error) && (await events.has(event).catch(() => false))) return [];
      throw error;
    };
  }

  async function start(proof: Proof, call: Call): Promise<SignedIn> {
    const { user, method } = proof;
    // Signed first and committed afterwards: an outage in between leaves nothing, and trying again is safe.
    const issued = await issuer.start(user.id, [method], call);
    const { session } = issued;
    const at = session.createdAt;
    const event = startEvent(proof.inPlaceOfSession ?? 'SIGNED_IN', method, session, call);
    const isFirst = proof.isNewAccount === true;
    const work = { confirm: proof.confirm(at), also: proof.also?.(at) ?? [], isFirst };
    const returned = await store.start(session, work, event).catch(unlessRecorded(event));
    if (!returned) return rejectOvertaken(proof, call);
    trimLater(user.id);
    return { issued, user: proof.inPlaceOfSession ? user : { ...user, lastLoginAt: at }, returned };
  }

  function startEvent(kind: EventKind, method: AuthenticationMethod, session: Session, call: Call): Event {
    const { id: sessionId, userId, createdAt: at } = session;
    return userEvent({ kind, at, userId, sessionId, method }, call);
  }

  /** After it was proved, the account was deactivated, a credential changed, or the session under which it was proved ended. */
  async function rejectOvertaken({ user, method, inPlaceOfSession }: Proof, call: Call): Promise<never> {
    if (inPlaceOfSession) throw sessionEnded();
    const now = await users.find(user.id);
    const code = now?.deactivatedAt ? 'ACCOUNT_DEACTIVATED' : 'INVALID_CREDENTIALS';
    return reject({ userId: now && user.id, method }, code, call);
  }

  function takesSecondFactor({ user, inPlaceOfSession }: Proof): boolean {
    return user.secondFactorEnabledAt !== null && inPlaceOfSession === undefined;
  }

  /** Answers a first proof with a challenge, which is shown this once. */
  async function challenge({ user, method }: Proof, call: Call): Promise<never> {
    const at = clock.now();
    const secret = randomSecret();
    const event = signInRejected({ userId: user.id, at, failure: 'SECOND_FACTOR_REQUIRED', method }, call);
    const made: Challenge = {
      id: event.id,
      digest: sha256(secret),
      userId: user.id,
      credentialsVersion: user.credentialsVersion,
      method,
      expiresAt: new Date(at.getTime() + challengeLifetimeMs),
      attemptsLeft: maxWrongAnswers,
    };
    const methods = await enrolledMethods(user);
    await store.challenge(made, event);
    trimLater(user.id);
    const facts = { challenge: secret, challengeExpiresAt: made.expiresAt.toISOString(), methods };
    throw new AuthError('SECOND_FACTOR_REQUIRED', facts);
  }

  async function enrolledMethods(user: User): Promise<AuthenticationMethod[]> {
    const enrolled = await Promise.all(factors.map((factor) => factor.isEnrolled(user)));
    return factors.filter((_factor, i) => enrolled[i]).map(({ method }) => method);
  }

  /** The account of a challenge that it was made for, if nothing has voided the challenge since. */
  async function accountOf({ userId, credentialsVersion }: Challenge): Promise<User> {
    const user = await users.find(userId);
    const isValid = user?.credentialsVersion === credentialsVersion && whyNot(user) === null;
    if (!isValid) throw new AuthError('INVALID_CHALLENGE');
    return user;
  }

  return {
    /**
     * Decides about a proof. Rejects, in this order, with `ACCOUNT_DEACTIVATED`, `EMAIL_NOT_VERIFIED`,
     * `SECOND_FACTOR_REQUIRED` (with the challenge for `complete`); and with `INVALID_CREDENTIALS` or
     * `ACCOUNT_DEACTIVATED` where a change of credentials or a deactivation overtook the proof. Otherwise it starts the
     * session: session and event in one commit, which `proof.confirm` decides.
     */
    async admit(proof: Proof, call: Call): Promise<SignedIn> {
      const code = proof.inPlaceOfSession ? null : whyNot(proof.user);
      if (code) return reject({ userId: proof.user.id, method: proof.method }, code, call, proof);
      return takesSecondFactor(proof) ? challenge(proof, call) : start(proof, call);
    },

    /** Records that an attempt failed, and rejects it: one event, for known and unknown accounts alike. */
    reject: (attempt: Attempt, code: ErrorCode, call: Call): Promise<never> => reject(attempt, code, call),

    /**
     * Finishes a sign-in that was answered with a challenge. Rejects with `INVALID_CHALLENGE` where it is unknown,
     * finished, expired, void or was tried too often, and with `INVALID_CODE` where the answer is wrong.
     */
    async complete(
      secret: string,
      { method, answer }: { method: AuthenticationMethod; answer: string },
      call: Call,
    ): Promise<SignedIn> {
      const found = await store.takeAttempt(sha256(secret), clock.now());
      const factor = factors.find((candidate) => candidate.method === method);
      if (!found || !factor) throw new AuthError('INVALID_CHALLENGE');
      const user = await accountOf(found);
      const spent = await factor.check(user, answer, clock.now());
      if (!spent) {
        await store.rejectAnswer(found);
        throw new AuthError('INVALID_CODE', { attemptsLeft: found.attemptsLeft });
      }
      const issued = await issuer.start(user.id, [found.method, method], call);
      const { session } = issued;
      const at = session.createdAt;
      const event = { id: found.id, sessionId: session.id };
      const done = await store.complete(found, session, [noteSignIn(user, at), ...spent]).catch(unlessRecorded(event));
      if (!done) throw new AuthError('INVALID_CHALLENGE');
      trimLater(user.id);
      return { issued, user: { ...user, lastLoginAt: at }, returned: [] };
    },
  };
}
