/** What `extensions.code` of an answer can be, and what it means; becomes the schema's enum. */
export const errorCodes = {
  BAD_USER_INPUT: 'The input breaks a rule; extensions.fields lists each as { path, message }.',
  EMAIL_TAKEN: 'Another account has this email address.',
  USERNAME_TAKEN: 'Another account has this username.',
  INVALID_CREDENTIALS: 'Unknown account or wrong password: deliberately one answer, in one time.',
  ACCOUNT_DEACTIVATED: 'The password was right, but the account is deactivated.',
  EMAIL_NOT_VERIFIED: 'The password was right, but this server lets only verified email addresses sign in.',
  UNAUTHENTICATED: 'No usable access token; extensions.reason says why: MISSING, INVALID, EXPIRED, SESSION_ENDED.',
  INVALID_REFRESH_TOKEN:
    'The refresh token cannot be used; extensions.reason says why: MISSING, INVALID, EXPIRED, REUSED, SESSION_ENDED.',
  INVALID_TOKEN: 'The mailed token is unknown, spent or expired.',
  FORBIDDEN: 'The caller may not do this.',
  RATE_LIMITED: 'Too many attempts; extensions.retryAfterSeconds says when to try again.',
  SERVICE_UNAVAILABLE:
    'Not now: the database is out of reach, or too many sign-ins are queued. extensions.retryAfterSeconds says when to try again. Where the connection was lost at the last moment, the call may have been done all the same: then a repeated one says EMAIL_TAKEN, INVALID_TOKEN or SESSION_ENDED.',
  INTERNAL_SERVER_ERROR: 'A fault of the server; extensions.requestId is also in its log.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What is said to people. Clients branch on the code and its reason, never on these. */
export const errorMessages: Record<ErrorCode, string> = {
  BAD_USER_INPUT: 'The input breaks a rule.',
  EMAIL_TAKEN: 'Another account has this email address.',
  USERNAME_TAKEN: 'Another account has this username.',
  INVALID_CREDENTIALS: 'There is no such account, or the password is wrong.',
  ACCOUNT_DEACTIVATED: 'This account is deactivated.',
  EMAIL_NOT_VERIFIED: 'Confirm your email address first: open the link that was mailed to you.',
  UNAUTHENTICATED: 'Sign in first.',
  INVALID_REFRESH_TOKEN: 'This session cannot be refreshed. Sign in again.',
  INVALID_TOKEN: 'This link is unknown, used or expired. Ask for a new one.',
  FORBIDDEN: 'You may not do this.',
  RATE_LIMITED: 'Too many attempts. Try again later.',
  SERVICE_UNAVAILABLE: 'The service is busy. Try again in a moment.',
  INTERNAL_SERVER_ERROR: 'Something went wrong on the server.',
};

const signInAgain = 'This session has ended. Sign in again.';

/** Where the reason says more to people than the code does. */
const reasonMessages: Partial<Record<`${ErrorCode} ${ErrorFacts['reason']}`, string>> = {
  'UNAUTHENTICATED EXPIRED': 'The access token has expired. Refresh the session, or sign in again.',
  'UNAUTHENTICATED SESSION_ENDED': signInAgain,
  'INVALID_REFRESH_TOKEN SESSION_ENDED': signInAgain,
};

/** One broken input rule. `path` is the argument's, for example `input.email`. */
export interface FieldFault {
  path: string;
  message: string;
}

/** What a refusal tells beside its code; becomes `extensions`, so nothing in it may be secret. */
export interface ErrorFacts {
  fields?: FieldFault[];
  reason?: 'MISSING' | 'INVALID' | 'EXPIRED' | 'REUSED' | 'SESSION_ENDED';
  retryAfterSeconds?: number;
}

/**
 * A refusal that the caller is meant to see: a code of the contract, and the facts that belong to it. Everything else
 * that is thrown is a fault of ours and reaches clients only as INTERNAL_SERVER_ERROR.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
    message: string = reasonMessages[`${code} ${facts.reason}`] ?? errorMessages[code],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The input breaks these rules. */
export function badInput(fields: FieldFault[]): AuthError {
  return new AuthError('BAD_USER_INPUT', { fields }, fields.map((f) => `${f.path}: ${f.message}`).join(' '));
}

/** Not now, try again in so many seconds. */
export function unavailable(message: string, retryAfterSeconds: number, cause?: unknown): AuthError {
  return new AuthError(
    'SERVICE_UNAVAILABLE',
    { retryAfterSeconds },
    message,
    cause === undefined ? undefined : { cause },
  );
}

/** Whether this is a "not now", after which the same again may succeed. */
export function isOutage(error: unknown): error is AuthError {
  return error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE';
}

/** The session of the presented access token ended before the call could count. */
export function sessionEnded(): AuthError {
  return new AuthError('UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
}

/** The caller is signed in, but could not prove to be the account's owner. */
export function wrongPassword(): AuthError {
  return new AuthError('INVALID_CREDENTIALS', {}, 'The password is wrong.');
}
