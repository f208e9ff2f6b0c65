import { expect, test } from 'vitest';
import { judgeRotation, withSpent } from '../../../src/features/sessions/rotation.js';
import { RefreshDocument } from '../../client/generated/graphql.js';
import { createMovableClock } from '../../support/clock.js';
import { engines } from '../../support/databases.js';
import { startLatchkey } from '../../support/latchkey.js';

const graceMs = 30_000;
const at = (ms: number) => new Date(ms);

test.each([
  { back: 0, verdict: 'REPEAT' },
  { back: 3_999, verdict: 'REPEAT' },
  { back: 4_001, verdict: 'REUSED' },
  { back: 600_000, verdict: 'REUSED' },
])('A token that was spent $back ms in the future means $verdict', ({ back, verdict }) => {
  const spent = withSpent([], 0, at(10_000_000), graceMs);
  expect(judgeRotation({ generation: 1, recentlySpent: spent }, 0, at(10_000_000 - back), graceMs)).toBe(verdict);
});

test('What was spent before the clock was set back is forgotten by the next rotation', () => {
  const before = withSpent([], 0, at(10_000_000), graceMs);
  expect(withSpent(before, 1, at(9_000_000), graceMs)).toEqual([{ from: 1, to: 1, at: 9_000_000 }]);
});

test.each(engines)('A spent token is reuse after the clock was set back by ten minutes, on %s', async (engine) => {
  const before = await startLatchkey(engine);
  const { auth } = await before.newAccount();
  const refreshToken = auth.refreshToken ?? '';
  await before.client().ask(RefreshDocument, { refreshToken });
  const clock = createMovableClock(new Date(Date.now() - 10 * 60_000));
  const after = await startLatchkey({ databaseUrl: before.databaseUrl }, {}, { clock });
  const { errors } = await after.client().send(RefreshDocument, { refreshToken });
  expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_REFRESH_TOKEN', reason: 'REUSED' });
});
