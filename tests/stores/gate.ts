import { createEventStore } from '../../src/features/events/event.store.js';
import type { SessionIssuer } from '../../src/features/sessions/session-issuer.js';
import { createSignIn } from '../../src/features/sign-in/sign-in.service.js';
import { createSignInStore } from '../../src/features/sign-in/sign-in.store.js';
import { createUserStore } from '../../src/features/users/user.store.js';
import { createBackground } from '../../src/platform/background.js';
import { systemClock } from '../../src/platform/clock.js';
import type { Hashing } from '../../src/platform/hashing/hashing.js';
import { afterwards } from '../support/cleanup.js';
import { hashed, newSession, type StoreRoom } from './store-room.js';

function unused(): never {
  throw new Error('These tests use no such thing.');
}

/** Starts sessions, and signs nothing. */
const issuer: SessionIssuer = {
  async start(userId, methods, { client }) {
    const session = newSession(userId, { methods, ...client });
    return { session, accessToken: '', accessTokenExpiresAt: session.expiresAt, refreshToken: '' };
  },
  rotate: unused,
  repeat: unused,
};

/** Takes every password for the right one, and a password for its own hash. */
export const plainHashing: Hashing = {
  hash: async (password) => password,
  verify: async () => true,
  replace: async (_password, _stored, next) => next,
  needsRenewal: () => false,
  costOf: (hash) => hashed(hash).cost,
  close: async () => {},
};

/** The gate as it is, on the database of the room: what hands proofs to it composes the commits that are tested here. */
export function openGate({ db }: StoreRoom, { requireVerifiedEmail = false } = {}) {
  const background = createBackground((error) => {
    throw error;
  });
  afterwards(() => background.settled());
  const [users, events, store] = [createUserStore(db), createEventStore(db), createSignInStore(db)];
  const settings = { requireVerifiedEmail };
  return createSignIn({ users, store, events, issuer, factors: [], clock: systemClock, background, settings });
}
