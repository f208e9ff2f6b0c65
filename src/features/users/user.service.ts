import * as z from 'zod';
import { AuthError, sessionEnded } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import { readInput } from '../../platform/input.js';
import type { Principal } from '../sessions/session.js';
import { nameRule, type User, usernameRule } from './user.js';
import type { UserStore } from './user.store.js';

export type UserService = ReturnType<typeof createUserService>;

const profileRules = z.object({
  username: usernameRule.nullish(),
  firstName: nameRule.nullish(),
  lastName: nameRule.nullish(),
});

export function createUserService({ store, clock }: { store: UserStore; clock: Clock }) {
  return {
    /** The account with this id, which today can only be the caller's. Refuses any other with `FORBIDDEN`. */
    get(caller: Principal, id: string): User {
      if (id !== caller.user.id) throw new AuthError('FORBIDDEN');
      return caller.user;
    },

    /** Changes names and username; what is left out stays, null clears. Refuses with `USERNAME_TAKEN`. */
    async updateProfile(caller: Principal, input: unknown): Promise<User> {
      const change = readInput(profileRules, input, 'input');
      const ids = { userId: caller.user.id, sessionId: caller.session.id };
      const outcome = await store.updateProfile(ids, change, clock.now());
      if (outcome === 'USERNAME_TAKEN') throw new AuthError('USERNAME_TAKEN');
      if (!outcome) throw sessionEnded();
      return outcome;
    },
  };
}
