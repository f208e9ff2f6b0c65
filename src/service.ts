import { join } from 'node:path';
import type { Config } from './config.js';
import { type CoreParts, openCore } from './core.js';
import { createDeactivationService } from './features/deactivation/deactivation.service.js';
import { createEmailVerificationService } from './features/email-verification/email-verification.service.js';
import { createEmailVerificationStore } from './features/email-verification/email-verification.store.js';
import { createHousekeeper } from './features/housekeeping/housekeeper.js';
import { createHousekeepingStore } from './features/housekeeping/housekeeping.store.js';
import { createKeyring } from './features/keys/keyring.js';
import { createLoginService } from './features/login/login.service.js';
import { createLoginStore } from './features/login/login.store.js';
import { createLoginHistoryService } from './features/login-history/login-history.service.js';
import { createLoginHistoryStore } from './features/login-history/login-history.store.js';
import { createMailSender } from './features/mail/mail.sender.js';
import { passwordResetMail, verificationMail } from './features/mail/mail-kinds.js';
import { createMailTokenStore } from './features/mail/mail-token.store.js';
import { createOutbox } from './features/mail/outbox.store.js';
import { createPasswordChangeService } from './features/password-change/password-change.service.js';
import { createPasswordChangeStore } from './features/password-change/password-change.store.js';
import { createPasswordResetService } from './features/password-reset/password-reset.service.js';
import { createPasswordResetStore } from './features/password-reset/password-reset.store.js';
import { createRefreshService } from './features/sessions/refresh.service.js';
import { createSessionService } from './features/sessions/session.service.js';
import { createSessionIssuer } from './features/sessions/session-issuer.js';
import { createNoteUse } from './features/sessions/session-use.js';
import { createTokenService } from './features/tokens/token.service.js';
import { createUserService } from './features/users/user.service.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import { createBackground } from './platform/background.js';
import { createHashing, type Hashing } from './platform/hashing/hashing.js';
import { createMailer } from './platform/mailer.js';
import { createReadiness } from './readiness.js';
import { createResolvers } from './resolvers.js';

export type Service = Awaited<ReturnType<typeof openService>>;

export interface ServiceParts extends CoreParts {
  /** Hashing threads that outlive the service; it starts and ends its own when left out. Tests give one to many services. */
  hashing?: Hashing;
}

/** Builds all that serves, from the database up: read it top to bottom and you know every part. */
export async function openService(config: Config, parts: ServiceParts) {
  const { log, dataDir = './data' } = parts;
  const core = await openCore(config, parts);
  const { db, clock, userStore, sessionStore } = core;

  // Platform
  const background = createBackground((error) => log.error({ err: error }, 'background work failed'));
  const hashing = parts.hashing ?? createHashing({ cost: config.bcryptCost });
  const mailDir = join(dataDir, 'mail');
  const mailer = createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom, mailDir, log });

  // Stores
  const historyStore = createLoginHistoryStore(db);
  const outbox = createOutbox(db);
  const mailTokens = createMailTokenStore(db);

  // Services, each using those above it
  const keyring = createKeyring({ store: core.keyStore, vault: core.vault, clock });
  const tokenSettings = { issuer: config.tokenIssuer, audience: config.tokenAudience };
  const tokens = createTokenService({ keyring, clock, settings: tokenSettings });
  const issuer = createSessionIssuer({ tokens, keyring, clock, settings: config });
  const noteUse = createNoteUse({ store: sessionStore, clock, background });
  const sessions = createSessionService({ store: sessionStore, tokens, clock, noteUse });
  const refreshes = createRefreshService({
    store: sessionStore,
    issuer,
    tokens,
    keyring,
    clock,
    noteUse,
    log,
    settings: config,
  });
  const logins = createLoginService({
    users: userStore,
    store: createLoginStore(db),
    history: historyStore,
    outbox,
    issuer,
    hashing,
    clock,
    background,
    settings: config,
  });
  const passwordChanges = createPasswordChangeService({
    users: userStore,
    store: createPasswordChangeStore(db),
    issuer,
    hashing,
    settings: config,
  });
  const passwordResets = createPasswordResetService({
    outbox,
    mailTokens,
    store: createPasswordResetStore(db),
    hashing,
    clock,
    settings: config,
  });
  const verifications = createEmailVerificationService({
    outbox,
    mailTokens,
    store: createEmailVerificationStore(db),
    clock,
  });
  const deactivations = createDeactivationService({ users: userStore, store: core.deactivationStore, hashing, clock });
  const mailSender = createMailSender({
    kinds: [passwordResetMail, verificationMail],
    outbox,
    mailTokens,
    mailer,
    users: userStore,
    appUrl: config.appUrl,
    clock,
    log,
  });
  const readiness = createReadiness(db);
  const housekeeper = createHousekeeper({
    store: createHousekeepingStore(db),
    clock,
    isReady: async () => (await readiness.check()).ready,
    log,
  });

  // GraphQL
  const resolvers = createResolvers({
    users: createUserService({ store: userStore, clock }),
    logins,
    sessions,
    refreshes,
    history: createLoginHistoryService({ store: historyStore, clock }),
    passwordChanges,
    passwordResets,
    verifications,
    deactivations,
  });
  const schema = await createSchema(resolvers);
  const apollo = createGraphQLServer(schema, config, log);
  await apollo.start();

  mailSender.start();
  housekeeper.start();

  let workers: Promise<unknown> | undefined;
  const retire = () => {
    readiness.stop();
    workers ??= Promise.all([mailSender.stop(), housekeeper.stop()]);
    return workers;
  };

  return {
    apollo,
    authenticate: sessions.authenticate,
    keyring,
    readiness: readiness.check,
    /**
     * Says that it is not ready any more, and takes up no more work of its own; what it serves is served as before. Mails
     * that are owed from now on are sent by other nodes, or after the next start.
     */
    retire: () => void retire(),
    /** Finishes what runs in the background, then closes everything, what was opened last first. */
    async close() {
      await retire();
      await background.settled();
      await apollo.stop();
      await mailer.close();
      if (!parts.hashing) await hashing.close();
      await db.close();
    },
  };
}
