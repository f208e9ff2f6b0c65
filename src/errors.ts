interface ErrorEntry {
  /** What the code means, for developers; becomes the description of the schema's enum value. */
  description: string;
  /** The message for people. Clients branch on the code and its reason, never on this. */
  message: string;
  /** What `extensions.reason` can be, each with its message. */
  reasons?: Readonly<Record<string, string>>;
}

const signInAgain = 'This session has ended. Sign in again.';

/** Every code that `extensions.code` of an execution error can be. A new code is an entry here, and nothing else. */
export const errorTable = {
  BAD_USER_INPUT: {
    description: 'The input breaks a rule; extensions.fields lists each as { path, message }.',
    message: 'The input is invalid.',
  },
  EMAIL_TAKEN: {
    description: 'Another account has this email address.',
    message: 'Another account has this email address.',
  },
  USERNAME_TAKEN: {
    description: 'Another account has this username.',
    message: 'Another account has this username.',
  },
  INVALID_CREDENTIALS: {
    description: 'Unknown account or wrong password. Both are answered alike, after the same time.',
    message: 'There is no such account, or the password is wrong.',
  },
  ACCOUNT_DEACTIVATED: {
    description: 'The credentials were accepted, but the account is deactivated.',
    message: 'This account is deactivated.',
  },
  EMAIL_NOT_VERIFIED: {
    description: 'The credentials were accepted, but this server lets only verified email addresses sign in.',
    message: 'Confirm your email address first: open the link that was mailed to you.',
  },
  UNAUTHENTICATED: {
    description: 'No usable access token.',
    message: 'Sign in first.',
    reasons: {
      MISSING: 'Sign in first.',
      INVALID: 'The access token is not valid. Sign in again.',
      EXPIRED: 'The access token has expired. Refresh the session, or sign in again.',
      SESSION_ENDED: signInAgain,
    },
  },
  INVALID_REFRESH_TOKEN: {
    description: 'The refresh token cannot be used.',
    message: 'This session cannot be refreshed. Sign in again.',
    reasons: {
      MISSING: 'There is no session to refresh. Sign in first.',
      INVALID: 'The refresh token is not valid. Sign in again.',
      EXPIRED: 'This session has expired. Sign in again.',
      REUSED: 'The refresh token was used before, so its session has ended. Sign in again.',
      SESSION_ENDED: signInAgain,
    },
  },
  INVALID_TOKEN: {
    description: 'The mailed token is unknown, spent or expired.',
    message: 'This link is unknown, used or expired. Ask for a new one.',
  },
  SECOND_FACTOR_REQUIRED: {
    description:
      'The first factor was accepted. Complete the sign-in with extensions.challenge (valid until extensions.challengeExpiresAt) and one of extensions.methods.',
    message: 'A second factor is needed to sign in.',
  },
  INVALID_CODE: {
    description: 'The code is wrong, or was used before; extensions.attemptsLeft says how many attempts are left.',
    message: 'This code is wrong, or was used before.',
  },
  INVALID_CHALLENGE: {
    description: 'The challenge is unknown, used, expired or out of attempts. Start the sign-in again.',
    message: 'This sign-in can no longer be completed. Start again.',
  },
  FORBIDDEN: {
    description: 'The caller may not do this.',
    message: 'You may not do this.',
  },
  RATE_LIMITED: {
    description: 'Too many attempts; extensions.retryAfterSeconds says when to try again.',
    message: 'Too many attempts. Try again later.',
  },
  SERVICE_UNAVAILABLE: {
    description:
      'Temporarily unavailable: the database cannot be reached, or too many sign-ins are queued. extensions.retryAfterSeconds says when to try again. If the connection was lost while a change was being stored, the change may have been stored: repeating the call then answers EMAIL_TAKEN, INVALID_TOKEN or SESSION_ENDED.',
    message: 'The service is busy. Try again in a moment.',
  },
  INTERNAL_SERVER_ERROR: {
    description: 'An error of the server; extensions.requestId is also in its log.',
    message: 'Something went wrong on the server.',
  },
} as const satisfies Record<string, ErrorEntry>;

type ErrorTable = typeof errorTable;
export type ErrorCode = keyof ErrorTable;

type ReasonOf<Code extends ErrorCode> = ErrorTable[Code] extends { reasons: infer Reasons } ? keyof Reasons : never;
/** Any reason of any code. */
export type ErrorReason = { [Code in ErrorCode]: ReasonOf<Code> }[ErrorCode];

/** What the code means, and which reasons it can have. */
export function describeError(code: ErrorCode): string {
  const { description, reasons }: ErrorEntry = errorTable[code];
  if (!reasons) return description;
  return `${description.replace(/\.$/, '')}; extensions.reason says why: ${Object.keys(reasons).join(', ')}.`;
}

/** The message for people. */
export function errorMessage(code: ErrorCode, reason?: ErrorReason): string {
  const { message, reasons }: ErrorEntry = errorTable[code];
  return (reason === undefined ? undefined : reasons?.[reason]) ?? message;
}

/** One broken input rule. `path` is the argument's, for example `input.email`. */
export interface FieldError {
  path: string;
  message: string;
}

/** What an error has beside its code. It becomes `extensions`, so nothing in it may be secret. */
export interface ErrorFacts {
  fields?: FieldError[];
  reason?: ErrorReason;
  retryAfterSeconds?: number;
  challenge?: string;
  challengeExpiresAt?: string;
  methods?: string[];
  attemptsLeft?: number;
}

/**
 * An error that the caller is meant to see: a code of the table, and the facts that belong to it. Everything else that
 * is thrown reaches clients only as INTERNAL_SERVER_ERROR.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: ErrorFacts = {},
    message: string = errorMessage(code, facts.reason),
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The input breaks these rules. */
export function badInput(fields: FieldError[]): AuthError {
  return new AuthError('BAD_USER_INPUT', { fields }, fields.map((f) => `${f.path}: ${f.message}`).join(' '));
}

/** The call cannot be served now, and may be in so many seconds. */
export function unavailable(message: string, retryAfterSeconds: number, cause?: unknown): AuthError {
  return new AuthError(
    'SERVICE_UNAVAILABLE',
    { retryAfterSeconds },
    message,
    cause === undefined ? undefined : { cause },
  );
}

/** Whether the same call may succeed later. */
export function isOutage(error: unknown): error is AuthError {
  return error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE';
}

/** The session of the presented access token ended before the call was carried out. */
export function sessionEnded(): AuthError {
  return new AuthError('UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
}

/** The caller is signed in, but the password that was to confirm the call is wrong. */
export function wrongPassword(): AuthError {
  return new AuthError('INVALID_CREDENTIALS', {}, 'The password is wrong.');
}
