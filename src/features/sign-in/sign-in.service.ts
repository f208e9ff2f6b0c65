import type { Call } from '../../call.js';
import { AuthError, type ErrorCode, isOutage, sessionEnded } from '../../errors.js';
import type { Background } from '../../platform/background.js';
import type { Clock } from '../../platform/clock.js';
import type { Commit, Rows, Statement } from '../../platform/database/statement.js';
import { randomSecret, sha256 } from '../../platform/digest.js';
import { enqueueVerification } from '../email/email-verification.mail.js';
import { type Event, type EventKind, signInRejected, userEvent } from '../events/event.js';
import { concludeSignIn, insertEvent } from '../events/event.sql.js';
import type { EventStore } from '../events/event.store.js';
import type { Session } from '../sessions/session.js';
import { endSurplus, holdSession, insertSession } from '../sessions/session.sql.js';
import type { IssuedSession, SessionIssuer } from '../sessions/session-issuer.js';
import type { AuthenticationMethod, User } from '../users/user.js';
import { changeCredentials, insertUser, lockProvedUser, noteSignIn } from '../users/user.sql.js';
import type { UserStore } from '../users/user.store.js';
import { type Challenge, challengeLifetimeMs, madeAt, maxWrongAnswers } from './challenge.js';
import { spendChallenge } from './challenge.sql.js';
import type { Factor } from './factor.js';
import type { Proof, Purpose } from './proof.js';
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

/** A session that is about to be started, and what is committed with it. */
interface Start {
  user: User;
  methods: AuthenticationMethod[];
  event(session: Session): Event;
  work(session: Session, event: Event): Commit;
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

  /** In the background: the time that deleting takes would reveal which accounts exist. */
  function trimLater(userId: string | null): void {
    background.run(() => events.trimSignIns(userId));
  }

  async function reject(
    { userId, method }: Attempt,
    code: ErrorCode,
    call: Call,
    alsoDone?: (at: Date) => readonly Statement[],
  ): Promise<never> {
    const at = clock.now();
    const event = signInRejected({ userId, at, failure: code, method }, call);
    await store.reject(event, alsoDone?.(at)).catch(unlessRecorded(event));
    trimLater(userId);
    throw new AuthError(code);
  }

  /** What is done although the gate rejects the proof. */
  function despiteRejection({ user, purpose, also }: Proof, code: ErrorCode) {
    return (at: Date): readonly Statement[] => {
      if (purpose.kind === 'SIGN_UP') return [insertUser(user), ...(also?.(at) ?? [])];
      return code === 'EMAIL_NOT_VERIFIED' ? [enqueueVerification(user, at)] : [];
    };
  }

  /**
   * For an outage of the database: the commit may have succeeded although its answer was lost. A sign-up that was told to
   * repeat would find its address taken.
   */
  function unlessRecorded(event: Pick<Event, 'id' | 'sessionId'>) {
    return async (error: unknown): Promise<never[]> => {
      if (isOutage(error) && (await events.has(event).catch(() => false))) return [];
      throw error;
    };
  }

  /** Null: what the commit must confirm no longer holds. */
  async function start({ user, methods, event, work }: Start, call: Call) {
    // Signed first and committed afterwards: an outage in between leaves nothing, and trying again is safe.
    const issued = await issuer.start(user.id, methods, call);
    const recorded = event(issued.session);
    const returned = await store.commit(work(issued.session, recorded)).catch(unlessRecorded(recorded));
    if (!returned) return null;
    trimLater(user.id);
    return { issued, returned };
  }

  async function startProved(proof: Proof, call: Call): Promise<SignedIn> {
    const { user, method, purpose, confirm = [], also } = proof;
    const isReplaced = purpose.kind === 'REPLACE';
    const kind = isReplaced ? purpose.event : 'SIGNED_IN';
    const started = await start(
      {
        user,
        methods: [method],
        event: (session) => startEvent(kind, method, session, call),
        work: (session, event) => ({
          confirm: [...accountStillHolds(proof, session.createdAt), ...confirm],
          also: [...(also?.(session.createdAt) ?? []), ...insertion(session, purpose), insertEvent(event)],
        }),
      },
      call,
    );
    if (!started) return rejectOvertaken(proof, call);
    const { issued, returned } = started;
    const lastLoginAt = isReplaced ? user.lastLoginAt : issued.session.createdAt;
    const ownRows = returned.slice(accountStillHolds(proof, issued.session.createdAt).length + confirm.length);
    return { issued, user: { ...user, lastLoginAt }, returned: ownRows };
  }

  /** The account was deactivated, a credential changed, a token spent, or the session ended, since the user proved it. */
  async function rejectOvertaken({ user, method, purpose }: Proof, call: Call): Promise<never> {
    if (purpose.kind === 'REPLACE') throw sessionEnded();
    const now = await users.find(user.id);
    const code = now?.deactivatedAt ? 'ACCOUNT_DEACTIVATED' : 'INVALID_CREDENTIALS';
    return reject({ userId: now && user.id, method }, code, call);
  }

  /** Answers a first proof, which is spent by that, with a challenge, which is shown this once. */
  async function challenge(proof: Proof, call: Call): Promise<never> {
    const { user, method, confirm = [], also } = proof;
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
    const work = { confirm: [lockProvedUser(user), ...confirm], also: also?.(at) ?? [] } as const;
    if (!(await store.challenge(made, event, work))) return rejectOvertaken(proof, call);
    trimLater(user.id);
    const facts = { challenge: secret, challengeExpiresAt: made.expiresAt.toISOString(), methods };
    throw new AuthError('SECOND_FACTOR_REQUIRED', facts);
  }

  async function enrolledMethods(user: User): Promise<AuthenticationMethod[]> {
    const enrolled = await Promise.all(factors.map((factor) => factor.isEnrolled(user)));
    return factors.filter((_factor, i) => enrolled[i]).map(({ method }) => method);
  }

  /** The account that a challenge was made for, if nothing has voided the challenge since. */
  async function accountOf({ userId, credentialsVersion }: Challenge): Promise<User> {
    const user = await users.find(userId);
    const isValid = user?.credentialsVersion === credentialsVersion && whyNot(user) === null;
    if (!isValid) throw new AuthError('INVALID_CHALLENGE');
    return user;
  }

  async function rejectAnswer(found: Challenge): Promise<never> {
    await store.rejectAnswer(found);
    throw new AuthError('INVALID_CODE', { attemptsLeft: found.attemptsLeft });
  }

  return {
    /**
     * Decides about a proof. Rejects, in this order, with `ACCOUNT_DEACTIVATED`, `EMAIL_NOT_VERIFIED`,
     * `SECOND_FACTOR_REQUIRED` (with the challenge for `complete`); and with `INVALID_CREDENTIALS` or
     * `ACCOUNT_DEACTIVATED` where a change of credentials or a deactivation overtook the proof. Otherwise it starts the
     * session: session and event in one commit, which begins with what the proof must still hold for.
     */
    async admit(proof: Proof, call: Call): Promise<SignedIn> {
      const { user, method, purpose } = proof;
      if (purpose.kind === 'REPLACE') return startProved(proof, call);
      const code = whyNot(user);
      if (code) return reject({ userId: user.id, method }, code, call, despiteRejection(proof, code));
      return user.secondFactorEnabledAt === null ? startProved(proof, call) : challenge(proof, call);
    },

    /** Records that an attempt failed, and rejects it: one event, for known and unknown accounts alike. */
    reject: (attempt: Attempt, code: ErrorCode, call: Call): Promise<never> => reject(attempt, code, call),

    /**
     * Finishes a sign-in that was answered with a challenge. Rejects with `INVALID_CHALLENGE` where it is unknown, used,
     * expired, void or out of attempts, and with `INVALID_CODE` where the answer is wrong.
     */
    async complete(
      secret: string,
      { method, answer }: { method: AuthenticationMethod; answer: string },
      call: Call,
    ): Promise<SignedIn> {
      const factor = factors.find((candidate) => candidate.method === method);
      const found = factor ? await store.takeAttempt(sha256(secret), clock.now()) : null;
      if (!factor || !found) throw new AuthError('INVALID_CHALLENGE');
      const user = await accountOf(found);
      const spent = await factor.check(user, answer, clock.now());
      if (!spent) return rejectAnswer(found);
      const started = await start(
        {
          user,
          methods: [found.method, method],
          event: (session) => ({
            ...startEvent('SIGNED_IN', found.method, session, call),
            id: found.id,
            at: madeAt(found),
          }),
          work: (session, event) => ({
            confirm: [noteSignIn(user, session.createdAt), ...spent, spendChallenge(found)],
            also: [insertSession(session), endSurplus(session), concludeSignIn(event)],
          }),
        },
        call,
      );
      if (!started) throw new AuthError('INVALID_CHALLENGE');
      return { ...started, user: { ...user, lastLoginAt: started.issued.session.createdAt } };
    },
  };
}

function startEvent(kind: EventKind, method: AuthenticationMethod, session: Session, call: Call): Event {
  const { id: sessionId, userId, createdAt: at } = session;
  return userEvent({ kind, at, userId, sessionId, method }, call);
}

/** Each begins with a write of the account's row, and so takes its lock. */
function accountStillHolds({ user, purpose }: Proof, at: Date): readonly [Statement, ...Statement[]] {
  if (purpose.kind === 'SIGN_UP') return [insertUser({ ...user, lastLoginAt: at })];
  if (purpose.kind === 'SIGN_IN') return [noteSignIn(user, at)];
  return [changeCredentials(user), holdSession({ userId: user.id, sessionId: purpose.session.id }, at)];
}

/** A new account has no other sessions. */
function insertion(session: Session, { kind }: Purpose): Statement[] {
  return kind === 'SIGN_UP' ? [insertSession(session)] : [insertSession(session), endSurplus(session)];
}
