/** Where time comes from, so that tests can move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A machine whose clock is further from the database's does not serve: sessions and tokens are judged by each node's own. */
const maxSkewMs = 2_000;

/** So the clocks of two nodes differ by this at most. */
export const clocksDifferByMs = 2 * maxSkewMs;

/** What is wrong with this machine's clock, which is so many ms ahead of the database's; null where nothing is. */
export function clockError(skewMs: number): string | null {
  if (Math.abs(skewMs) <= maxSkewMs) return null;
  return `this machine's clock is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} the database's`;
}
