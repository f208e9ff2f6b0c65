import { createParameterDecorator } from 'type-graphql';
import type { Call, SignedInCall } from '../call.js';

/** What a request brings along. Made by src/http for each request, read by the resolvers. */
export interface RequestContext {
  /** Also in the log lines of this request. */
  requestId: string;
  /** Where the request comes from, for what needs no session. */
  call: Call;
  /**
   * The same with the caller, who is looked up when a field needs them, anew each time: an earlier mutation of the same
   * request may have ended the session. Rejects with `UNAUTHENTICATED` and the reason.
   */
  signedIn(): Promise<SignedInCall>;
  cookie: RefreshCookie;
  /** Takes the codes of the errors that the request is answered with, for its log line. */
  noteErrors(codes: string[]): void;
}

/** The refresh cookie of a request and its answer. */
export interface RefreshCookie {
  /** What the request brought; null where it brought none, or comes from a foreign origin and may not use it. */
  readonly presented: string | null;
  /** What the browser will have: the presented one, or what an earlier field of this document has set. */
  held(): string | null;
  set(refreshToken: string, expiresAt: Date): void;
  clear(): void;
}

/** Resolver parameter: the call under its session. The field is rejected with `UNAUTHENTICATED` where there is none. */
export function SignedIn(): ReturnType<typeof createParameterDecorator> {
  return createParameterDecorator<RequestContext>(({ context }) => context.signedIn());
}
