// Runs in worker threads. Plain JavaScript, so that node, tsx and vitest all load this very file as a worker. It uses
// bcrypt's synchronous functions, since there is no event loop here to keep free.
import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { constants, platform, setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { encodeBase64 } from 'bcryptjs';
import { loadBcrypt } from './bcrypt.js';
import { DIGEST_MARKER, readStoredHash } from './stored-hash.js';

yieldToOthers();

/**
 * `startBy`: milliseconds since the epoch, after which nobody waits for the answer any more.
 * @typedef {{ password: string, cost: number, startBy: number }} HashTask
 * @typedef {HashTask & { stored: string | null }} VerifyTask
 * @typedef {VerifyTask & { next: string }} ReplaceTask
 */
/**
 * A task's answer and what it took, or null if its time was over before it began.
 * @template T
 * @typedef {{ value: T, workMs: number } | null} Outcome
 */

/** bcrypt ignores every byte after these. */
const BCRYPT_BYTES = 72;

/**
 * Lets the event loop go first: a login may take a little longer, and nobody else has to wait for it. Not the lowest
 * priority: on a machine that is busy otherwise, nobody could sign in any more. Linux alone gives threads one of their own.
 */
function yieldToOthers() {
  if (platform() !== 'linux' || isMainThread) return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; then all threads are equal, as they are elsewhere.
  }
}

/**
 * Hashes a password for keeping.
 * @param {HashTask} task
 * @returns {Outcome<string>}
 */
export function hash({ password, cost, startBy }) {
  return inTime(startBy, () => freshHash(password, cost));
}

/**
 * Whether `stored` was made from this password. Every "no" costs the same bcrypt work, 2^cost rounds: for an unknown
 * account (null), a damaged hash, a wrong password, and a wrong one against a hash of lower cost. Otherwise the time of
 * the answer would tell which accounts exist.
 * @param {VerifyTask} task
 * @returns {Outcome<boolean>}
 */
export function verify({ password, stored, cost, startBy }) {
  return inTime(startBy, () => isRight(password, stored, cost));
}

/**
 * The hash of `next` where `stored` was made from this password, else null. One task, so that whoever needs both waits
 * in the queue once.
 * @param {ReplaceTask} task
 * @returns {Outcome<string | null>}
 */
export function replace({ password, stored, next, cost, startBy }) {
  return inTime(startBy, () => (isRight(password, stored, cost) ? freshHash(next, cost) : null));
}

/** @type {import('./bcrypt.js').Bcrypt | undefined} */
let loaded;

/** Loaded by the first task, which is waited for before threads are ended. */
function bcrypt() {
  loaded ??= loadBcrypt();
  return loaded;
}

/**
 * @param {string} password
 * @param {number} cost
 */
function freshHash(password, cost) {
  const { key, digested } = bcryptKey(password);
  return (digested ? DIGEST_MARKER : '') + bcrypt().hashSync(key, cost);
}

/**
 * @param {string} password
 * @param {string | null} stored
 * @param {number} cost
 */
function isRight(password, stored, cost) {
  const known = stored === null ? null : readStoredHash(stored);
  const { key, digested } = bcryptKey(password);
  const same = bcrypt().compareSync(key, known?.bcrypt ?? nobodysHash(cost));
  // Without the marker's consent, the SHA-384 of a long password would itself be a password of the account, and a
  // long password would open an account whose password equals that digest.
  if (known !== null && same && known.digested === digested) return true;
  for (let level = known?.cost ?? cost; level < cost; level++) bcrypt().compareSync(key, nobodysHash(level));
  return false;
}

/**
 * @template T
 * @param {number} startBy
 * @param {() => T} work
 * @returns {Outcome<T>}
 */
function inTime(startBy, work) {
  // The wall clock, since the main thread and this one share no other.
  if (Date.now() > startBy) return null;
  const startedAt = performance.now();
  const value = work();
  return { value, workMs: performance.now() - startedAt };
}

/**
 * What bcrypt is given for a password: all of it, or, where bcrypt would ignore the rest, its SHA-384, whose base64 has
 * 64 characters and never a NUL.
 * @param {string} password
 */
function bcryptKey(password) {
  const digested = Buffer.byteLength(password) > BCRYPT_BYTES;
  return { key: digested ? createHash('sha384').update(password).digest('base64') : password, digested };
}

/**
 * A well-formed hash that no known password has: comparing with it costs what comparing with a real one does, and
 * making it costs nothing.
 * @param {number} cost
 */
function nobodysHash(cost) {
  const salt = encodeBase64(randomBytes(16), 16);
  const digest = encodeBase64(randomBytes(23), 23);
  return `$2b$${String(cost).padStart(2, '0')}$${salt}${digest}`;
}
