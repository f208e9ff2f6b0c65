import type { Clock } from '../../platform/clock.js';
import { normalizeEmail } from '../../platform/email-address.js';
import type { DeactivationStore } from '../deactivation/deactivation.store.js';
import { serviceEvent } from '../events/event.js';
import type { SessionStore } from '../sessions/session.store.js';
import type { User } from '../users/user.js';
import type { UserStore } from '../users/user.store.js';
import type { AdministrationStore } from './administration.store.js';

export type UserAdministration = ReturnType<typeof createUserAdministration>;

/** There is no account with this email address. */
export class UnknownAccount extends Error {
  override readonly name = 'UnknownAccount';

  constructor(email: string) {
    super(`There is no account with the email address ${JSON.stringify(email)}.`);
  }
}

interface Deps {
  users: UserStore;
  sessions: SessionStore;
  deactivations: DeactivationStore;
  store: AdministrationStore;
  clock: Clock;
}

/** What operators do to accounts. Each use case but the lists rejects an email that no account has with `UnknownAccount`. */
export function createUserAdministration({ users, sessions, deactivations, store, clock }: Deps) {
  async function find(email: string): Promise<User> {
    const normalized = normalizeEmail(email);
    const user = normalized === null ? null : await users.findByEmail(normalized);
    if (!user) throw new UnknownAccount(email);
    return user;
  }

  return {
    /** Every account in the order of its making. */
    list: () => users.all(),

    async show(email: string): Promise<{ user: User; liveSessions: number }> {
      const user = await find(email);
      return { user, liveSessions: await sessions.countLive(user.id, clock.now()) };
    },

    /** Closes the account to sign-in and ends its sessions. An account that is deactivated already may have some left. */
    async deactivate(email: string): Promise<{ user: User; alreadyDeactivated: boolean; ended: number }> {
      const user = await find(email);
      const now = clock.now();
      const event = serviceEvent('OPERATOR', { kind: 'ACCOUNT_DEACTIVATED', at: now, userId: user.id });
      const ended = await deactivations.deactivate({ userId: user.id, now, event });
      if (ended) return { user, alreadyDeactivated: false, ended: ended.length };
      return { user, alreadyDeactivated: true, ended: await store.endSessions(user.id, clock.now()) };
    },

    /** Opens the account to sign-in again. One that is active stays so. */
    async reactivate(email: string): Promise<User> {
      const user = await find(email);
      await store.reactivate(user.id, clock.now());
      return user;
    },

    /** Ends the account's sessions. Answers how many were live. */
    async endSessions(email: string): Promise<number> {
      return store.endSessions((await find(email)).id, clock.now());
    },

    /** Ends the sessions of every account. Answers how many were live. */
    endAllSessions: () => store.endAllSessions(clock.now()),
  };
}
