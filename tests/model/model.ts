/**
 * What the contract says of accounts, sessions and tokens, as plainly as it can be said: everything is in memory, happens
 * at once, and is judged by looking at it. Times are in milliseconds.
 */

/**
 * All times of a run are multiples of 10 s, and all limits end on 3 s. So no age ever comes near a limit: not within the
 * leeway of 5 s, and not where a second is rounded.
 */
export const limitsMs = { access: 153_000, idle: 303_000, absolute: 903_000, grace: 23_000 };

export const settings = {
  ACCESS_TOKEN_TTL: '153s',
  REFRESH_TOKEN_TTL: '303s',
  SESSION_TTL: '903s',
  REFRESH_GRACE: '23s',
};

export interface Account {
  id: string;
  email: string;
  username: string;
  password: string;
  closed: boolean;
  emailVerified: boolean;
  lastLoginAt: number;
  sessions: Session[];
}

export interface Session {
  id: string;
  account: Account;
  startedAt: number;
  expiresAt: number;
  /** It was ended by somebody; that it has run out is for `expiresAt` to say. */
  ended: boolean;
  usedAt: number;
  accessTokens: AccessToken[];
  /** One of each rotation: the last is the current one. */
  refreshTokens: string[];
  /** When each but the current one was spent. */
  spentAt: number[];
}

export interface AccessToken {
  text: string;
  expiresAt: number;
}

/** What a caller presents, and what is known of it. */
export type Shown =
  | { kind: 'GARBAGE'; text: string }
  | { kind: 'ACCESS'; text: string; session: Session; expiresAt: number }
  | { kind: 'REFRESH'; text: string; session: Session; rotation: number };

/** A refusal, by any of the reasons that are true: the contract does not say which of two comes first. */
export interface Refused {
  refusedFor: string[];
}

export type Verdict = { verdict: 'ROTATED' | 'REPEATED'; session: Session } | (Refused & { reused?: Session });

export function isLive(session: Session, now: number): boolean {
  return whyOver(session, now).length === 0;
}

function whyOver(session: Session, now: number): string[] {
  return [...(session.ended ? ['SESSION_ENDED'] : []), ...(session.expiresAt <= now ? ['EXPIRED'] : [])];
}

export function liveSessions(account: Account, now: number): Session[] {
  return account.sessions.filter((session) => isLive(session, now));
}

/** Whose call it is that comes with this in its Authorization header. */
export function judgeCaller(header: Shown | null, now: number): Session | Refused {
  if (!header) return { refusedFor: ['MISSING'] };
  if (header.kind !== 'ACCESS') return { refusedFor: ['INVALID'] };
  const { session, expiresAt } = header;
  const refusedFor = [...(session.ended ? ['SESSION_ENDED'] : []), ...(expiresAt <= now ? ['EXPIRED'] : [])];
  return refusedFor.length > 0 ? { refusedFor } : session;
}

/** The table in src/features/sessions/rotation.ts, and what comes before it. */
export function judgeRefresh(presented: Shown | null, now: number): Verdict {
  if (!presented) return { refusedFor: ['MISSING'] };
  if (presented.kind !== 'REFRESH') return { refusedFor: ['INVALID'] };
  const { session, rotation } = presented;
  const refusedFor = whyOver(session, now);
  if (refusedFor.length > 0) return { refusedFor };
  const spentAt = session.spentAt[rotation];
  if (spentAt === undefined) return { verdict: 'ROTATED', session };
  if (now - spentAt <= limitsMs.grace) return { verdict: 'REPEATED', session };
  return { refusedFor: ['REUSED'], reused: session };
}

/** The session that a token proves the right to end, if there is one to end. */
export function endedByToken(token: Shown, now: number): Session | null {
  return token.kind !== 'GARBAGE' && isLive(token.session, now) ? token.session : null;
}

export function startSession(account: Account, id: string, now: number): Session {
  const session: Session = {
    id,
    account,
    startedAt: now,
    expiresAt: now + Math.min(limitsMs.idle, limitsMs.absolute),
    ended: false,
    usedAt: now,
    accessTokens: [],
    refreshTokens: [],
    spentAt: [],
  };
  account.sessions.push(session);
  return session;
}

/** The successor is learned from the answer. */
export function rotate(session: Session, now: number): void {
  session.spentAt.push(now);
  session.expiresAt = Math.min(now + limitsMs.idle, session.startedAt + limitsMs.absolute);
}

export function accessExpiry(session: Session, now: number): number {
  return Math.min(now + limitsMs.access, session.expiresAt);
}

/** Ends these sessions. Answers the ids. */
export function end(sessions: Session[]): string[] {
  for (const session of sessions) session.ended = true;
  return sessions.map(({ id }) => id);
}
