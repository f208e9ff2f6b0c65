/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The current and the new password. */
export type ChangePasswordInput = {
  /** Proves that the caller is the owner of the account. */
  currentPassword: string;
  /** How the refresh token of the new session reaches the client. */
  delivery?: TokenDelivery;
  /** At least the server's minimum length (8 characters by default), at most 256 characters, and not a common password. */
  newPassword: string;
};

/** What errors[].extensions.code can be. Clients branch on it; messages are for people and may change. */
export type ErrorCode =
  /** The credentials were accepted, but the account is deactivated. */
  | 'ACCOUNT_DEACTIVATED'
  /** The input breaks a rule; extensions.fields lists each as { path, message }. */
  | 'BAD_USER_INPUT'
  /** The credentials were accepted, but this server lets only verified email addresses sign in. */
  | 'EMAIL_NOT_VERIFIED'
  /** Another account has this email address. */
  | 'EMAIL_TAKEN'
  /** The caller may not do this. */
  | 'FORBIDDEN'
  /** An error of the server; extensions.requestId is also in its log. */
  | 'INTERNAL_SERVER_ERROR'
  /** The challenge is unknown, used, expired or out of attempts. Start the sign-in again. */
  | 'INVALID_CHALLENGE'
  /** The code is wrong, or was used before; extensions.attemptsLeft says how many attempts are left. */
  | 'INVALID_CODE'
  /** Unknown account or wrong password. Both are answered alike, after the same time. */
  | 'INVALID_CREDENTIALS'
  /** The refresh token cannot be used; extensions.reason says why: MISSING, INVALID, EXPIRED, REUSED, SESSION_ENDED. */
  | 'INVALID_REFRESH_TOKEN'
  /** The mailed token is unknown, spent or expired. */
  | 'INVALID_TOKEN'
  /** Too many attempts; extensions.retryAfterSeconds says when to try again. */
  | 'RATE_LIMITED'
  /** The first factor was accepted. Complete the sign-in with extensions.challenge (valid until extensions.challengeExpiresAt) and one of extensions.methods. */
  | 'SECOND_FACTOR_REQUIRED'
  /** Temporarily unavailable: the database cannot be reached, or too many sign-ins are queued. extensions.retryAfterSeconds says when to try again. If the connection was lost while a change was being stored, the change may have been stored: repeating the call then answers EMAIL_TAKEN, INVALID_TOKEN or SESSION_ENDED. */
  | 'SERVICE_UNAVAILABLE'
  /** No usable access token; extensions.reason says why: MISSING, INVALID, EXPIRED, SESSION_ENDED. */
  | 'UNAUTHENTICATED'
  /** Another account has this username. */
  | 'USERNAME_TAKEN';

/** An account and its password, and how the refresh token reaches the client. */
export type LoginInput = {
  /** How the refresh token reaches the client. */
  delivery?: TokenDelivery;
  /** Exactly one of email and username. */
  email?: string | null | undefined;
  /** The password. It is never trimmed. */
  password: string;
  /** Exactly one of email and username. */
  username?: string | null | undefined;
};

/** A mailed token, and the new password. */
export type ResetPasswordInput = {
  /** At least the server's minimum length (8 characters by default), at most 256 characters, and not a common password. */
  newPassword: string;
  /** From the mailed link: what follows #token= */
  token: string;
};

/** A new account. */
export type SignupInput = {
  /** If given, it must equal password. */
  confirmPassword?: string | null | undefined;
  /** How the refresh token reaches the client. */
  delivery?: TokenDelivery;
  /** At most 254 characters; compared and stored in lower case. */
  email: string;
  /** 1 to 100 characters. */
  firstName?: string | null | undefined;
  /** 1 to 100 characters. */
  lastName?: string | null | undefined;
  /** At least the server's minimum length (8 characters by default), at most 256 characters, and not a common password. */
  password: string;
  /** 3 to 32 of a-z, 0-9, dot, underscore and hyphen. */
  username?: string | null | undefined;
};

/** How a refresh token reaches the client. */
export type TokenDelivery =
  /** In the payload, for native apps, servers and playgrounds. */
  | 'BODY'
  /** In an HttpOnly, Secure, SameSite=Strict cookie, for web pages; refresh and logout then need no argument. */
  | 'COOKIE';

/** What to change; a field left out stays as it is, null clears it. */
export type UpdateProfileInput = {
  /** 1 to 100 characters. */
  firstName?: string | null | undefined;
  /** 1 to 100 characters. */
  lastName?: string | null | undefined;
  /** 3 to 32 of a-z, 0-9, dot, underscore and hyphen. */
  username?: string | null | undefined;
};

export type UserFieldsFragment = { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { me: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } };

export type UserByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type UserByIdQuery = { user: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } };

export type UpdateProfileMutationVariables = Exact<{
  input: UpdateProfileInput;
}>;


export type UpdateProfileMutation = { updateProfile: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } };

export type ChangePasswordMutationVariables = Exact<{
  input: ChangePasswordInput;
}>;


export type ChangePasswordMutation = { changePassword: { endedSessionIds: Array<string>, auth: { accessToken: string, accessTokenExpiresAt: string, refreshToken: string | null, refreshTokenExpiresAt: string, session: { id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null }, user: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } } } };

export type DeactivateAccountMutationVariables = Exact<{
  password: string;
}>;


export type DeactivateAccountMutation = { deactivateAccount: { endedSessionIds: Array<string> } };

export type RequestPasswordResetMutationVariables = Exact<{
  email: string;
}>;


export type RequestPasswordResetMutation = { requestPasswordReset: { accepted: boolean } };

export type ResetPasswordMutationVariables = Exact<{
  input: ResetPasswordInput;
}>;


export type ResetPasswordMutation = { resetPassword: { endedSessionIds: Array<string> } };

export type RequestEmailVerificationMutationVariables = Exact<{ [key: string]: never; }>;


export type RequestEmailVerificationMutation = { requestEmailVerification: { accepted: boolean } };

export type VerifyEmailMutationVariables = Exact<{
  token: string;
}>;


export type VerifyEmailMutation = { verifyEmail: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } };

export type SessionFieldsFragment = { id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null };

export type AuthFieldsFragment = { accessToken: string, accessTokenExpiresAt: string, refreshToken: string | null, refreshTokenExpiresAt: string, session: { id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null }, user: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } };

export type SignupMutationVariables = Exact<{
  input: SignupInput;
}>;


export type SignupMutation = { signup: { accessToken: string, accessTokenExpiresAt: string, refreshToken: string | null, refreshTokenExpiresAt: string, session: { id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null }, user: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } } };

export type LoginMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LoginMutation = { login: { accessToken: string, accessTokenExpiresAt: string, refreshToken: string | null, refreshTokenExpiresAt: string, session: { id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null }, user: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } } };

export type RefreshMutationVariables = Exact<{
  refreshToken?: string | null | undefined;
}>;


export type RefreshMutation = { refresh: { accessToken: string, accessTokenExpiresAt: string, refreshToken: string | null, refreshTokenExpiresAt: string, session: { id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null }, user: { id: string, email: string, emailVerified: boolean, username: string | null, firstName: string | null, lastName: string | null, createdAt: string, lastLoginAt: string | null } } };

export type LogoutMutationVariables = Exact<{
  sessionId?: string | number | null | undefined;
  token?: string | null | undefined;
}>;


export type LogoutMutation = { logout: { endedSessionIds: Array<string> } };

export type LogoutAllMutationVariables = Exact<{
  keepCurrent?: boolean | null | undefined;
}>;


export type LogoutAllMutation = { logoutAll: { endedSessionIds: Array<string> } };

export type ActiveSessionsQueryVariables = Exact<{ [key: string]: never; }>;


export type ActiveSessionsQuery = { activeSessions: Array<{ id: string, current: boolean, createdAt: string, lastUsedAt: string, expiresAt: string, ipAddress: string | null, userAgent: string | null, device: string | null }> };

export type LoginHistoryQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type LoginHistoryQuery = { loginHistory: { edges: Array<{ cursor: string, node: { id: string, at: string, succeeded: boolean, failure: ErrorCode | null, sessionId: string | null, ipAddress: string | null, userAgent: string | null, device: string | null } }>, nodes: Array<{ id: string, at: string, succeeded: boolean, failure: ErrorCode | null, sessionId: string | null, ipAddress: string | null, userAgent: string | null, device: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type LoginEventFieldsFragment = { id: string, at: string, succeeded: boolean, failure: ErrorCode | null, sessionId: string | null, ipAddress: string | null, userAgent: string | null, device: string | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const SessionFieldsFragmentDoc = new TypedDocumentString(`
    fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}
    `, {"fragmentName":"SessionFields"}) as unknown as TypedDocumentString<SessionFieldsFragment, unknown>;
export const UserFieldsFragmentDoc = new TypedDocumentString(`
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}
    `, {"fragmentName":"UserFields"}) as unknown as TypedDocumentString<UserFieldsFragment, unknown>;
export const AuthFieldsFragmentDoc = new TypedDocumentString(`
    fragment AuthFields on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  session {
    ...SessionFields
  }
  user {
    ...UserFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}
fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}`, {"fragmentName":"AuthFields"}) as unknown as TypedDocumentString<AuthFieldsFragment, unknown>;
export const LoginEventFieldsFragmentDoc = new TypedDocumentString(`
    fragment LoginEventFields on LoginEvent {
  id
  at
  succeeded
  failure
  sessionId
  ipAddress
  userAgent
  device
}
    `, {"fragmentName":"LoginEventFields"}) as unknown as TypedDocumentString<LoginEventFieldsFragment, unknown>;
export const MeDocument = new TypedDocumentString(`
    query Me {
  me {
    ...UserFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}`) as unknown as TypedDocumentString<MeQuery, MeQueryVariables>;
export const UserByIdDocument = new TypedDocumentString(`
    query UserById($id: ID!) {
  user(id: $id) {
    ...UserFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}`) as unknown as TypedDocumentString<UserByIdQuery, UserByIdQueryVariables>;
export const UpdateProfileDocument = new TypedDocumentString(`
    mutation UpdateProfile($input: UpdateProfileInput!) {
  updateProfile(input: $input) {
    ...UserFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}`) as unknown as TypedDocumentString<UpdateProfileMutation, UpdateProfileMutationVariables>;
export const ChangePasswordDocument = new TypedDocumentString(`
    mutation ChangePassword($input: ChangePasswordInput!) {
  changePassword(input: $input) {
    endedSessionIds
    auth {
      ...AuthFields
    }
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}
fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}
fragment AuthFields on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  session {
    ...SessionFields
  }
  user {
    ...UserFields
  }
}`) as unknown as TypedDocumentString<ChangePasswordMutation, ChangePasswordMutationVariables>;
export const DeactivateAccountDocument = new TypedDocumentString(`
    mutation DeactivateAccount($password: String!) {
  deactivateAccount(password: $password) {
    endedSessionIds
  }
}
    `) as unknown as TypedDocumentString<DeactivateAccountMutation, DeactivateAccountMutationVariables>;
export const RequestPasswordResetDocument = new TypedDocumentString(`
    mutation RequestPasswordReset($email: String!) {
  requestPasswordReset(email: $email) {
    accepted
  }
}
    `) as unknown as TypedDocumentString<RequestPasswordResetMutation, RequestPasswordResetMutationVariables>;
export const ResetPasswordDocument = new TypedDocumentString(`
    mutation ResetPassword($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    endedSessionIds
  }
}
    `) as unknown as TypedDocumentString<ResetPasswordMutation, ResetPasswordMutationVariables>;
export const RequestEmailVerificationDocument = new TypedDocumentString(`
    mutation RequestEmailVerification {
  requestEmailVerification {
    accepted
  }
}
    `) as unknown as TypedDocumentString<RequestEmailVerificationMutation, RequestEmailVerificationMutationVariables>;
export const VerifyEmailDocument = new TypedDocumentString(`
    mutation VerifyEmail($token: String!) {
  verifyEmail(token: $token) {
    ...UserFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}`) as unknown as TypedDocumentString<VerifyEmailMutation, VerifyEmailMutationVariables>;
export const SignupDocument = new TypedDocumentString(`
    mutation Signup($input: SignupInput!) {
  signup(input: $input) {
    ...AuthFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}
fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}
fragment AuthFields on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  session {
    ...SessionFields
  }
  user {
    ...UserFields
  }
}`) as unknown as TypedDocumentString<SignupMutation, SignupMutationVariables>;
export const LoginDocument = new TypedDocumentString(`
    mutation Login($input: LoginInput!) {
  login(input: $input) {
    ...AuthFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}
fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}
fragment AuthFields on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  session {
    ...SessionFields
  }
  user {
    ...UserFields
  }
}`) as unknown as TypedDocumentString<LoginMutation, LoginMutationVariables>;
export const RefreshDocument = new TypedDocumentString(`
    mutation Refresh($refreshToken: String) {
  refresh(refreshToken: $refreshToken) {
    ...AuthFields
  }
}
    fragment UserFields on User {
  id
  email
  emailVerified
  username
  firstName
  lastName
  createdAt
  lastLoginAt
}
fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}
fragment AuthFields on AuthPayload {
  accessToken
  accessTokenExpiresAt
  refreshToken
  refreshTokenExpiresAt
  session {
    ...SessionFields
  }
  user {
    ...UserFields
  }
}`) as unknown as TypedDocumentString<RefreshMutation, RefreshMutationVariables>;
export const LogoutDocument = new TypedDocumentString(`
    mutation Logout($sessionId: ID, $token: String) {
  logout(sessionId: $sessionId, token: $token) {
    endedSessionIds
  }
}
    `) as unknown as TypedDocumentString<LogoutMutation, LogoutMutationVariables>;
export const LogoutAllDocument = new TypedDocumentString(`
    mutation LogoutAll($keepCurrent: Boolean) {
  logoutAll(keepCurrent: $keepCurrent) {
    endedSessionIds
  }
}
    `) as unknown as TypedDocumentString<LogoutAllMutation, LogoutAllMutationVariables>;
export const ActiveSessionsDocument = new TypedDocumentString(`
    query ActiveSessions {
  activeSessions {
    ...SessionFields
  }
}
    fragment SessionFields on Session {
  id
  current
  createdAt
  lastUsedAt
  expiresAt
  ipAddress
  userAgent
  device
}`) as unknown as TypedDocumentString<ActiveSessionsQuery, ActiveSessionsQueryVariables>;
export const LoginHistoryDocument = new TypedDocumentString(`
    query LoginHistory($first: Int, $after: String) {
  loginHistory(first: $first, after: $after) {
    edges {
      cursor
      node {
        ...LoginEventFields
      }
    }
    nodes {
      ...LoginEventFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment LoginEventFields on LoginEvent {
  id
  at
  succeeded
  failure
  sessionId
  ipAddress
  userAgent
  device
}`) as unknown as TypedDocumentString<LoginHistoryQuery, LoginHistoryQueryVariables>;