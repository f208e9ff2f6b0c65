// Plain JavaScript, like its neighbour hash-worker.js: both are loaded by bare worker threads.

/**
 * A stored password hash, taken apart. `digested`: bcrypt was given the SHA-384 of the password, not the password.
 * @typedef {{ digested: boolean, cost: number, bcrypt: string }} StoredHash
 */

/** Stands before the bcrypt string of a password that bcrypt could not have seen whole. */
export const DIGEST_MARKER = 'sha384';

/** The highest `BCRYPT_COST` that can be set. */
const HIGHEST_COST = 15;

const LOWEST_COST = 4;

const FORM = /^(sha384)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

/**
 * What a stored hash says about itself, or null if it is none. A cost above `HIGHEST_COST` counts as none: one damaged
 * row could otherwise keep a thread busy for hours.
 * @param {string} stored
 * @returns {StoredHash | null}
 */
export function readStoredHash(stored) {
  const [, marker, bcrypt, digits] = FORM.exec(stored) ?? [];
  if (bcrypt === undefined) return null;
  const cost = Number(digits);
  return cost < LOWEST_COST || cost > HIGHEST_COST ? null : { digested: marker !== undefined, cost, bcrypt };
}

/**
 * What every rejected password costs: the highest of the configured cost, the highest that is stored, and that of the
 * hash itself.
 * @param {{ cost: number, highestCost: number | null | undefined, stored: string | null }} costs
 */
export function rejectionCost({ cost, highestCost, stored }) {
  const own = stored === null ? undefined : readStoredHash(stored)?.cost;
  return Math.min(Math.max(cost, highestCost ?? cost, own ?? cost), HIGHEST_COST);
}
