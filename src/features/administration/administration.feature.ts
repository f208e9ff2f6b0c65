import type { Platform } from '../../open-platform.js';
import { createDeactivationStore } from '../deactivation/deactivation.store.js';
import { keysFeature } from '../keys/keys.feature.js';
import { createSessionStore, lastSessionExpiry } from '../sessions/session.store.js';
import { createUserStore } from '../users/user.store.js';
import { createAdministrationStore } from './administration.store.js';
import { createKeyAdministration } from './key-administration.js';
import { createUserAdministration } from './user-administration.js';

/** The use cases of operators: the commands call them. */
export async function administrationFeature(p: Platform) {
  const { db, clock } = p;
  const sessions = createSessionStore(db);
  const { keys } = await keysFeature(p, { lastTokenExpiry: lastSessionExpiry });
  const deactivations = createDeactivationStore(db);
  const store = createAdministrationStore(db, sessions);
  return {
    accounts: createUserAdministration({ users: createUserStore(db), sessions, deactivations, store, clock }),
    keys: createKeyAdministration(keys),
  };
}
