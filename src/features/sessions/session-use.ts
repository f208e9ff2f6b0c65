import type { Background } from '../../platform/background.js';
import type { Clock } from '../../platform/clock.js';
import { type CurrentSession, isUseDue } from './session.js';
import type { SessionStore } from './session.store.js';

/** Notes a use of this session where one is due, in the background, and answers the session as that use leaves it. */
export type NoteUse = <S extends CurrentSession>(session: S) => S;

export function createNoteUse(deps: { store: SessionStore; clock: Clock; background: Background }): NoteUse {
  const { store, clock, background } = deps;
  return (session) => {
    const now = clock.now();
    if (!isUseDue(session, now)) return session;
    background.run(() => store.touch(session.id, now));
    return { ...session, lastUsedAt: now };
  };
}
