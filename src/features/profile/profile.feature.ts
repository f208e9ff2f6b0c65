import type { Platform } from '../../open-platform.js';
import type { Feature } from '../feature.js';
import { ProfileResolver } from './profile.resolver.js';
import { createProfileService } from './profile.service.js';
import { createProfileStore } from './profile.store.js';

/** An account as its owner reads and changes it. */
export function profileFeature({ db, clock }: Platform): Feature {
  return { resolvers: [new ProfileResolver(createProfileService({ store: createProfileStore(db), clock }))] };
}
