import * as z from 'zod';
import { sessionEnded, wrongPassword } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import { presentedPasswordRule } from '../passwords/password-rule.js';
import type { Principal } from '../sessions/session.js';
import type { UserStore } from '../users/user.store.js';
import type { DeactivationStore } from './deactivation.store.js';

export type DeactivationService = ReturnType<typeof createDeactivationService>;

interface Deps {
  users: UserStore;
  store: DeactivationStore;
  hashing: Hashing;
  clock: Clock;
}

const rules = z.object({ password: presentedPasswordRule });

export function createDeactivationService({ users, store, hashing, clock }: Deps) {
  return {
    /** Closes the caller's account and ends every session. Refuses a wrong password with `INVALID_CREDENTIALS`. */
    async deactivate(caller: Principal, password: string): Promise<string[]> {
      const text = readInput(rules, { password }).password;
      const account = await users.find(caller.user.id);
      if (!account) throw sessionEnded();
      if (!(await hashing.verify(text, account.password.hash))) throw wrongPassword();

      const ids = { userId: account.user.id, sessionId: caller.session.id };
      const ended = await store.deactivate({ ...ids, passwordVersion: account.password.version, now: clock.now() });
      if (!ended) throw sessionEnded();
      return ended;
    },
  };
}
