import * as z from 'zod';
import type { SignedInCall } from '../../call.js';
import { sessionEnded, wrongPassword } from '../../errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Hashing } from '../../platform/hashing/hashing.js';
import { readInput } from '../../platform/input.js';
import { userEvent } from '../events/event.js';
import type { PasswordStore } from '../password/password.store.js';
import { presentedPasswordRule } from '../password/password-rule.js';
import type { DeactivationStore } from './deactivation.store.js';

export type DeactivationService = ReturnType<typeof createDeactivationService>;

interface Deps {
  passwords: PasswordStore;
  store: DeactivationStore;
  hashing: Hashing;
  clock: Clock;
}

const rules = z.object({ password: presentedPasswordRule });

export function createDeactivationService({ passwords, store, hashing, clock }: Deps) {
  return {
    /** Closes the caller's account and ends every session. Rejects a wrong password with `INVALID_CREDENTIALS`. */
    async deactivate(call: SignedInCall, password: string): Promise<string[]> {
      const presented = readInput(rules, { password }).password;
      const { user, session } = call.principal;
      const hash = await passwords.findHash(user.id);
      if (!(await hashing.verify(presented, hash))) throw wrongPassword();

      const now = clock.now();
      const event = userEvent({ kind: 'ACCOUNT_DEACTIVATED', at: now, userId: user.id, sessionId: session.id }, call);
      const ended = await store.deactivate({ userId: user.id, now, event, by: call.principal });
      if (!ended) throw sessionEnded();
      return ended;
    },
  };
}
