import type { Platform } from '../../open-platform.js';
import type { Feature } from '../feature.js';
import type { Keyring } from '../keys/keyring.js';
import { createTokenService } from '../tokens/token.service.js';
import { createCookiePolicy } from './cookie-policy.js';
import { createRefreshService } from './refresh.service.js';
import { SessionResolver } from './session.resolver.js';
import { createSessionService } from './session.service.js';
import { createSessionStore } from './session.store.js';
import { createSessionIssuer } from './session-issuer.js';
import { createNoteUse } from './session-use.js';

/** Sessions: the principal of a request, rotation, logout, and the tokens and the cookie that carry them. */
export function sessionsFeature({ db, clock, log, background, config }: Platform, { keyring }: { keyring: Keyring }) {
  const store = createSessionStore(db);
  const settings = { issuer: config.tokenIssuer, audience: config.tokenAudience };
  const tokens = createTokenService({ keyring, clock, settings });
  const issuer = createSessionIssuer({ tokens, keyring, clock, settings: config });
  const noteUse = createNoteUse({ store, clock, background });
  const sessions = createSessionService({ store, tokens, clock, noteUse });
  const refreshes = createRefreshService({ store, issuer, tokens, clock, noteUse, log, settings: config });
  const cookies = createCookiePolicy(sessions);
  const feature: Feature = {
    resolvers: [new SessionResolver(sessions, refreshes, cookies)],
    expiring: [{ remove: store.removeExpired }],
  };
  return { ...feature, sessions, issuer, cookies };
}
