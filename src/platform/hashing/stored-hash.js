// Plain JavaScript, like its neighbour hash-worker.js: both are loaded by bare worker threads.

/**
 * A stored password hash, taken apart. `digested`: bcrypt was given the SHA-384 of the password, not the password.
 * @typedef {{ digested: boolean, cost: number, bcrypt: string }} StoredHash
 */

/** Stands before the bcrypt string of a password that bcrypt could not have seen whole. */
export const DIGEST_MARKER = 'sha384';

const FORM = /^(sha384)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

/**
 * What a stored hash says about itself, or null if it is none. A cost above 15, the highest setting there is, counts as
 * none: one damaged row could otherwise keep a thread busy for hours.
 * @param {string} stored
 * @returns {StoredHash | null}
 */
export function readStoredHash(stored) {
  const [, marker, bcrypt, digits] = FORM.exec(stored) ?? [];
  if (bcrypt === undefined) return null;
  const cost = Number(digits);
  return cost < 4 || cost > 15 ? null : { digested: marker !== undefined, cost, bcrypt };
}
