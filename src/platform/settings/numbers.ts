import { kind } from './kind.js';

export function wholeNumber(least: number, most: number) {
  return kind(`a whole number from ${least} to ${most}`, (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

const unitsInMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or NaN. */
function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(count) * (unitsInMs[unit] ?? Number.NaN);
}

/** A lifetime in milliseconds. A hundred years is the most: dates and cookies overflow somewhere beyond it. */
export const lifetime = kind(
  'a whole number and one of s, m, h, d, above zero and at most 36500d, such as 15m',
  (text) => {
    const ms = durationMs(text);
    return ms > 0 && ms <= durationMs('36500d') ? ms : undefined;
  },
);

/** A time in milliseconds that may be none. */
export const grace = kind('a whole number and one of s, m, h, d, from 0s to 300s', (text) => {
  const ms = durationMs(text);
  return ms <= durationMs('300s') ? ms : undefined;
});
