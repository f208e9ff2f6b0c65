import { clocksDifferByMs } from '../../platform/clock.js';

/**
 * The rules of refresh token rotation (RFC 9700, section 4.14.2). A session counts
 * its rotations; a refresh token says which of them it belongs to. The current one may be spent once. An older one is
 * either a repetition that arrived late (two tabs, an answer lost on the way), which gets the current pair again, or it is
 * reuse of a stolen token.
 *
 * | presented | verdict |
 * | --- | --- |
 * | the current generation | ROTATE |
 * | an older one, spent within the grace | REPEAT: the current pair once more |
 * | any other older one | REUSED: the session ends |
 * | a newer one | AHEAD: only a restored backup knows less than its tokens |
 */
export type RotationVerdict = 'ROTATE' | 'REPEAT' | 'REUSED' | 'AHEAD';

/** These generations (both ends included) were spent at this time, in ms. */
export interface SpentTokens {
  from: number;
  to: number;
  at: number;
}

/**
 * Rotations of a session that rotates without pause are remembered in at most this many steps per grace, so that the
 * memory stays small. A step takes the time of its latest rotation: the grace is up to a 64th longer, and longer by what
 * the clocks of nodes differ, never shorter.
 */
const stepsPerGrace = 64;

/** What presenting a token of this generation means. `graceMs` of 0: no grace at all. */
export function judgeRotation(
  session: { generation: number; recentlySpent: readonly SpentTokens[] },
  presented: number,
  now: Date,
  graceMs: number,
): RotationVerdict {
  if (presented === session.generation) return 'ROTATE';
  if (presented > session.generation) return 'AHEAD';
  const spent = session.recentlySpent.find(({ from, to }) => from <= presented && presented <= to);
  return spent !== undefined && graceMs > 0 && isWithinGrace(spent, now.getTime(), graceMs) ? 'REPEAT' : 'REUSED';
}

/**
 * Also where it was spent in the future, by what the clocks of nodes may differ. Further ahead, a clock was set back, and how
 * long ago the token was spent cannot be told: then it does not count as recent.
 */
function isWithinGrace({ at }: SpentTokens, now: number, graceMs: number): boolean {
  return now - at <= graceMs && at - now <= clocksDifferByMs;
}

/** What to remember once this generation is spent: it, and what is still inside the grace. */
export function withSpent(
  recentlySpent: readonly SpentTokens[],
  generation: number,
  now: Date,
  graceMs: number,
): SpentTokens[] {
  const at = now.getTime();
  const kept = recentlySpent.filter((spent) => isWithinGrace(spent, at, graceMs));
  const last = kept.at(-1);
  const step = Math.max(1, graceMs / stepsPerGrace);
  const isSameStep = last && Math.floor(last.at / step) === Math.floor(at / step);
  // To a node whose clock is behind, the last rotation may lie a little in the future.
  if (last && (isSameStep || last.at > at)) {
    return [...kept.slice(0, -1), { from: last.from, to: generation, at: Math.max(last.at, at) }];
  }
  return [...kept, { from: generation, to: generation, at }];
}

/** The stored form. */
export function writeSpent(spent: readonly SpentTokens[]): string {
  return JSON.stringify(spent.map(({ from, to, at }) => [from, to, at]));
}

/** The stored form, read back. */
export function readSpent(text: string): SpentTokens[] {
  return (JSON.parse(text) as [number, number, number][]).map(([from, to, at]) => ({ from, to, at }));
}
