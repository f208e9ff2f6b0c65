import type { Clock } from '../../src/platform/clock.js';

/** Real time, moved: it goes on by itself, so nothing that measures stands still. */
export interface MovableClock extends Clock {
  /** Moves it on by a duration as settings write them: `90s`, `2h`, `30d`. */
  advance(duration: string): void;
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** It begins at this instant. */
export function createMovableClock(at: Date = new Date()): MovableClock {
  let ahead = at.getTime() - Date.now();
  return {
    now: () => new Date(Date.now() + ahead),
    advance(duration) {
      const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
      const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
      if (Number.isNaN(ms)) throw new Error(`Not a duration: ${duration}`);
      ahead += ms;
    },
  };
}
