import { join } from 'node:path';
import type { Config } from './config.js';
import { type CoreParts, openCore } from './core.js';
import { createDeactivationService } from './features/deactivation/deactivation.service.js';
import { createEmailVerificationService } from './features/email-verification/email-verification.service.js';
import { createEmailVerificationStore } from './features/email-verification/email-verification.store.js';
import { createKeyring } from './features/keys/keyring.js';
import { createLoginService } from './features/login/login.service.js';
import { createLoginStore } from './features/login/login.store.js';
import { createLoginHistoryService } from './features/login-history/login-history.service.js';
import { createLoginHistoryStore } from './features/login-history/login-history.store.js';
import { createMailSender } from './features/mail/mail.sender.js';
import { createMailTokenStore } from './features/mail/mail-token.store.js';
import { createOutbox } from './features/mail/outbox.store.js';
import { createPasswordChangeService } from './features/password-change/password-change.service.js';
import { createPasswordChangeStore } from './features/password-change/password-change.store.js';
import { createPasswordResetService } from './features/password-reset/password-reset.service.js';
import { createPasswordResetStore } from './features/password-reset/password-reset.store.js';
import { createRefreshService } from './features/sessions/refresh.service.js';
import { createSessionService } from './features/sessions/session.service.js';
import { createSessionIssuer } from './features/sessions/session-issuer.js';
import { createTokenService } from './features/tokens/token.service.js';
import { createUserService } from './features/users/user.service.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import { graphqlRoute } from './http/graphql.route.js';
import { healthRoutes } from './http/health.route.js';
import { jwksRoute } from './http/jwks.route.js';
import { playground, servePlayground } from './http/playground.js';
import { createServer } from './http/server.js';
import { createBackground } from './platform/background.js';
import { createHashing } from './platform/hashing/hashing.js';
import { createMailer } from './platform/mailer.js';
import { createReadiness } from './readiness.js';
import { createResolvers } from './resolvers.js';

export interface App {
  /** Starts to serve and to send mail; answers the address. */
  listen(): Promise<string>;
  /** Not ready at once; finishes what is in flight (10 s at most), then closes everything, what was opened last first. */
  close(): Promise<void>;
}

/** Builds the whole service, from the database up: read it top to bottom and you know every part. */
export async function createApp(config: Config, parts: CoreParts): Promise<App> {
  const { log, dataDir = './data' } = parts;
  const core = await openCore(config, parts);
  const { db, clock, users, sessionStore } = core;

  // Platform
  const background = createBackground((error) => log.error({ err: error }, 'background work failed'));
  const hashing = createHashing({ cost: config.bcryptCost });
  const mailDir = join(dataDir, 'mail');
  const mailer = createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom, mailDir, log });

  // Stores
  const history = createLoginHistoryStore(db);
  const outbox = createOutbox(db);
  const mailTokens = createMailTokenStore(db);

  // Services, each using those above it
  const keyring = createKeyring({ store: core.keyStore, vault: core.vault, clock });
  const tokenSettings = { issuer: config.tokenIssuer, audience: config.tokenAudience };
  const tokens = createTokenService({ keyring, clock, settings: tokenSettings });
  const issuer = createSessionIssuer({ tokens, keyring, clock, settings: config });
  const sessions = createSessionService({ store: sessionStore, tokens, clock, background });
  const refreshes = createRefreshService({
    store: sessionStore,
    issuer,
    tokens,
    keyring,
    clock,
    log,
    settings: config,
  });
  const logins = createLoginService({
    users,
    store: createLoginStore(db),
    history,
    outbox,
    issuer,
    hashing,
    clock,
    background,
    settings: config,
  });
  const passwordChanges = createPasswordChangeService({
    users,
    store: createPasswordChangeStore(db),
    issuer,
    hashing,
    settings: config,
  });
  const passwordResets = createPasswordResetService({
    outbox,
    tokens: mailTokens,
    store: createPasswordResetStore(db),
    hashing,
    clock,
    settings: config,
  });
  const verifications = createEmailVerificationService({
    outbox,
    tokens: mailTokens,
    store: createEmailVerificationStore(db),
    clock,
  });
  const deactivations = createDeactivationService({ users, store: core.deactivationStore, hashing, clock });
  const mailSender = createMailSender({
    outbox,
    tokens: mailTokens,
    mailer,
    accountByEmail: async (email) => (await users.findBy({ email }))?.user ?? null,
    appUrl: config.appUrl,
    clock,
    log,
  });

  // GraphQL
  const resolvers = createResolvers({
    users: createUserService({ store: users, clock }),
    logins,
    sessions,
    refreshes,
    history: createLoginHistoryService({ store: history, clock }),
    passwordChanges,
    passwordResets,
    verifications,
    deactivations,
  });
  const schema = await createSchema(resolvers);
  const apollo = createGraphQLServer(schema, config, log);
  await apollo.start();

  // HTTP
  const readiness = createReadiness(db);
  const http = createServer(config, log);
  if (config.playground) await http.register(playground, { endpoint: '/graphql' });
  await http.register(graphqlRoute, {
    apollo,
    authenticate: sessions.authenticate,
    clock,
    settings: config,
    showPlayground: config.playground ? servePlayground : null,
  });
  await http.register(jwksRoute, { keyring });
  await http.register(healthRoutes, { readiness: readiness.check });

  async function close(): Promise<void> {
    readiness.stop();
    await Promise.all([closeWithin(http, 10_000), mailSender.stop()]);
    await background.settled();
    await hashing.close();
    await mailer.close();
    await apollo.stop();
    await db.close();
  }

  return {
    async listen() {
      const address = await http.listen({
        host: config.host,
        port: config.port,
        listenTextResolver: () => 'listening',
      });
      mailSender.start();
      return address;
    },
    close,
  };
}

/** Waits for the requests in flight; those that take longer are cut off. */
async function closeWithin(http: ReturnType<typeof createServer>, ms: number): Promise<void> {
  const late = setTimeout(() => http.server.closeAllConnections(), ms);
  await http.close();
  clearTimeout(late);
}
