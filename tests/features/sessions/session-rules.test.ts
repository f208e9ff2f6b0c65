import { describe, expect, test } from 'vitest';
import { accessExpiry, expiryAfterUse, type Session, whyOver } from '../../../src/features/sessions/session.js';
import { newSession } from '../../stores/store-room.js';

const at = (ms: number) => new Date(ms);
const session = (facts: Partial<Session>) => newSession('a user', facts);

describe('why a session is over', () => {
  test('it is not before its time', () => expect(whyOver(session({ expiresAt: at(1_000) }), at(999))).toBeNull());
  test('it is from its time on', () => expect(whyOver(session({ expiresAt: at(1_000) }), at(1_000))).toBe('EXPIRED'));
  test('ended counts before expired', () =>
    expect(whyOver(session({ expiresAt: at(1_000), endedAt: at(5) }), at(2_000))).toBe('SESSION_ENDED'));
  test('ended when it had expired is expired', () =>
    expect(whyOver(session({ expiresAt: at(1_000), endedAt: at(1_000) }), at(900))).toBe('EXPIRED'));
});

describe('when a session expires', () => {
  test('by its idle limit', () => expect(expiryAfterUse(at(1_000), at(90_000), 5_000)).toEqual(at(6_000)));
  test('by its absolute limit', () => expect(expiryAfterUse(at(88_000), at(90_000), 5_000)).toEqual(at(90_000)));
  test('in whole seconds, as tokens count', () =>
    expect(expiryAfterUse(at(1_999), at(90_000), 5_000)).toEqual(at(6_000)));
});

describe('when an access token expires', () => {
  const until = session({ expiresAt: at(60_000) });
  test('after its own time', () => expect(accessExpiry(until, at(1_000), 5_000)).toEqual(at(6_000)));
  test('with its session at the latest', () => expect(accessExpiry(until, at(58_000), 5_000)).toEqual(at(60_000)));
});
