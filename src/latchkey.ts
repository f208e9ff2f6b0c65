// Decorators of the resolvers need it before they are loaded.
import 'reflect-metadata';
import type { Config } from './config.js';
import { administrationFeature } from './features/administration/administration.feature.js';
import { deactivationFeature } from './features/deactivation/deactivation.feature.js';
import { emailFeature } from './features/email/email.feature.js';
import { eventsFeature } from './features/events/events.feature.js';
import type { Feature } from './features/feature.js';
import { housekeepingFeature } from './features/housekeeping/housekeeping.feature.js';
import { keysFeature } from './features/keys/keys.feature.js';
import { mailFeature, mailSendingFeature } from './features/mail/mail.feature.js';
import { passwordFeature } from './features/password/password.feature.js';
import { profileFeature } from './features/profile/profile.feature.js';
import { lastSessionExpiry } from './features/sessions/session.store.js';
import { sessionsFeature } from './features/sessions/sessions.feature.js';
import type { Factor } from './features/sign-in/factor.js';
import { signInFeature } from './features/sign-in/sign-in.feature.js';
import { signUpFeature } from './features/sign-up/sign-up.feature.js';
import { createUserStore } from './features/users/user.store.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import { openPlatform, type Platform, type PlatformParts } from './open-platform.js';
import { createHashing, type Hashing } from './platform/hashing/hashing.js';
import { createReadiness } from './readiness.js';

export interface LatchkeyParts extends PlatformParts {
  /** Hashing threads that outlive the service; it starts and ends its own when left out. Tests share one among many. */
  hashing?: Hashing;
}

/** The open service. */
export type Latchkey = Awaited<ReturnType<typeof openLatchkey>>;

/** The list of features. Each is handed what those above it offer; in this order their fields stand in the schema. */
async function openFeatures(p: Platform, hashing: Hashing) {
  const users = createUserStore(p.db);
  const factors: Factor[] = []; // second factors, each a feature above the gate
  const { keyring } = await keysFeature(p, { lastTokenExpiry: lastSessionExpiry });
  const profile = profileFeature(p);
  const session = sessionsFeature(p, { keyring });
  const { sessions, issuer, cookies } = session;
  const event = eventsFeature(p);
  const mail = mailFeature(p);
  const { outbox, mailTokens } = mail;
  const gate = signInFeature(p, { users, events: event.events, issuer, factors });
  const { signIn } = gate;
  const signUp = signUpFeature(p, { users, hashing, signIn, cookies });
  const password = passwordFeature(p, { hashing, signIn, cookies, outbox, mailTokens });
  const email = emailFeature(p, { outbox, mailTokens });
  const deactivation = deactivationFeature(p, { hashing, passwords: password.passwords, cookies });
  const features: Feature[] = [profile, session, event, mail, gate, signUp, password, email, deactivation];
  features.push(mailSendingFeature(p, { users, outbox, mailTokens, features }));
  return { features, keyring, authenticate: sessions.authenticate };
}

/**
 * Opens the service, from the database up. Throws an Error fit for the operator where it cannot serve; what was opened by
 * then is closed.
 */
export async function openLatchkey(config: Config, parts: LatchkeyParts) {
  const p = await openPlatform(config, parts);
  try {
    return await openOn(p, parts);
  } catch (error) {
    return p.closeAfter(error);
  }
}

async function openOn(p: Platform, parts: LatchkeyParts) {
  const { config, log } = p;
  log.debug('opening the hashing threads');
  const hashing = parts.hashing ?? createHashing({ cost: config.bcryptCost });
  if (!parts.hashing) p.onClose(() => hashing.close());

  log.debug('opening the features');
  const { features, keyring, authenticate } = await openFeatures(p, hashing);
  const readiness = createReadiness(p.db);
  const housekeeping = housekeepingFeature(p, { features, readiness: readiness.check });

  log.debug('opening the schema');
  const schema = await createSchema(features.flatMap(({ resolvers = [] }) => resolvers));
  const apollo = createGraphQLServer(schema, config, log);
  await apollo.start();
  p.onClose(() => apollo.stop());

  log.debug('opening the workers');
  const workers = [...features, housekeeping].flatMap((feature) => feature.workers ?? []);
  let draining: Promise<unknown> | undefined;
  const drain = () => {
    readiness.stop();
    draining ??= Promise.all(workers.map((worker) => worker.stop()));
    return draining;
  };
  p.onClose(drain);
  for (const worker of workers) worker.start();

  return {
    apollo,
    schema,
    authenticate,
    keyring,
    readiness: readiness.check,
    /** Is not ready any more, and starts no more work of its own; requests are served as before. */
    drain: () => void drain(),
    /** Finishes what runs in the background, then closes everything, what was opened last first. */
    close: () => p.close(),
  };
}

/** Opens what the operator's commands use, on the database as it is. Throws an Error fit for the operator. */
export async function openAdministration(config: Config, parts: PlatformParts) {
  const p = await openPlatform(config, { ...parts, existing: true });
  try {
    return { ...(await administrationFeature(p)), close: () => p.close() };
  } catch (error) {
    return p.closeAfter(error);
  }
}
