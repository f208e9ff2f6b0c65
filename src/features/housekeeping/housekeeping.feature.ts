import type { Platform } from '../../open-platform.js';
import type { Feature } from '../feature.js';
import { createHousekeeper } from './housekeeper.js';
import { createHousekeepingStore } from './housekeeping.store.js';

interface Deps {
  features: readonly Feature[];
  readiness: () => Promise<{ ready: boolean }>;
}

/** Removes what the features say has expired. */
export function housekeepingFeature({ db, clock, log }: Platform, { features, readiness }: Deps): Feature {
  const housekeeper = createHousekeeper({
    store: createHousekeepingStore(db),
    expiring: features.flatMap(({ expiring = [] }) => expiring),
    clock,
    isReady: async () => (await readiness()).ready,
    log,
  });
  return { workers: [housekeeper] };
}
