import * as z from 'zod';
import type { SignedInCall } from '../../call.js';
import { AuthError, sessionEnded } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { readInput } from '../../platform/input.js';
import { userEvent } from '../events/event.js';
import { nameRule, type User, usernameRule } from '../users/user.js';
import type { ProfileStore } from './profile.store.js';

export type ProfileService = ReturnType<typeof createProfileService>;

const rules = z.object({
  username: usernameRule.nullish(),
  firstName: nameRule.nullish(),
  lastName: nameRule.nullish(),
});

export function createProfileService({ store, clock }: { store: ProfileStore; clock: Clock }) {
  return {
    /** The account with this id, which today can only be the caller's. Rejects any other with `FORBIDDEN`. */
    get({ principal }: SignedInCall, id: string): User {
      if (id !== principal.user.id) throw new AuthError('FORBIDDEN');
      return principal.user;
    },

    /** Changes names and username; what is left out stays, null clears. Rejects with `USERNAME_TAKEN`. */
    async update(call: SignedInCall, input: unknown): Promise<User> {
      const change = readInput(rules, input, 'input');
      const ids = { userId: call.principal.user.id, sessionId: call.principal.session.id };
      const now = clock.now();
      const event = userEvent({ kind: 'PROFILE_CHANGED', at: now, ...ids }, call);
      const outcome = await store.update(ids, change, now, event);
      if (outcome === 'USERNAME_TAKEN') throw new AuthError('USERNAME_TAKEN');
      if (!outcome) throw sessionEnded();
      return outcome;
    },
  };
}
