import type { Platform } from '../../open-platform.js';
import type { Feature } from '../feature.js';
import { createEventStore } from './event.store.js';
import { LoginHistoryResolver } from './login-history.resolver.js';
import { createLoginHistoryService } from './login-history.service.js';

/** What happened, and the login history, which is a view of it. */
export function eventsFeature({ db, clock }: Platform) {
  const store = createEventStore(db);
  const feature: Feature = {
    resolvers: [new LoginHistoryResolver(createLoginHistoryService({ store, clock }))],
    expiring: [{ remove: store.removeOldSignIns }, { remove: store.removeOldEvents }],
  };
  return { ...feature, events: store };
}
