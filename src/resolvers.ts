import { DeactivationResolver } from './features/deactivation/deactivation.resolver.js';
import type { DeactivationService } from './features/deactivation/deactivation.service.js';
import { EmailVerificationResolver } from './features/email-verification/email-verification.resolver.js';
import type { EmailVerificationService } from './features/email-verification/email-verification.service.js';
import { LoginResolver } from './features/login/login.resolver.js';
import type { LoginService } from './features/login/login.service.js';
import { LoginHistoryResolver } from './features/login-history/login-history.resolver.js';
import type { LoginHistoryService } from './features/login-history/login-history.service.js';
import { PasswordChangeResolver } from './features/password-change/password-change.resolver.js';
import type { PasswordChangeService } from './features/password-change/password-change.service.js';
import { PasswordResetResolver } from './features/password-reset/password-reset.resolver.js';
import type { PasswordResetService } from './features/password-reset/password-reset.service.js';
import type { RefreshService } from './features/sessions/refresh.service.js';
import { SessionResolver } from './features/sessions/session.resolver.js';
import type { SessionService } from './features/sessions/session.service.js';
import { UserResolver } from './features/users/user.resolver.js';
import type { UserService } from './features/users/user.service.js';
import type { Resolvers } from './graphql/schema.js';

export interface Services {
  users: UserService;
  logins: LoginService;
  sessions: SessionService;
  refreshes: RefreshService;
  history: LoginHistoryService;
  passwordChanges: PasswordChangeService;
  passwordResets: PasswordResetService;
  verifications: EmailVerificationService;
  deactivations: DeactivationService;
}

/** Every resolver of the API. In this order their fields stand in the schema. */
export function createResolvers(services: Services): Resolvers {
  return new Map<new (...services: never[]) => object, object>([
    [UserResolver, new UserResolver(services.users)],
    [SessionResolver, new SessionResolver(services.sessions, services.refreshes)],
    [LoginHistoryResolver, new LoginHistoryResolver(services.history)],
    [LoginResolver, new LoginResolver(services.logins)],
    [PasswordChangeResolver, new PasswordChangeResolver(services.passwordChanges)],
    [PasswordResetResolver, new PasswordResetResolver(services.passwordResets)],
    [EmailVerificationResolver, new EmailVerificationResolver(services.verifications)],
    [DeactivationResolver, new DeactivationResolver(services.deactivations, services.sessions)],
  ]);
}
