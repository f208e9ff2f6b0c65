// Runs in worker threads. Plain JavaScript, so that node, tsx and vitest all load this very file as a worker. It uses
// bcrypt's synchronous functions, since there is no event loop here to keep free.
import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { getPriority, platform, setPriority } from 'node:os';
import { isMainThread, parentPort } from 'node:worker_threads';
import { encodeBase64 } from 'bcryptjs';
import { loadBcrypt } from './bcrypt.js';
import { DIGEST_MARKER, readStoredHash } from './stored-hash.js';

/**
 * `cost` is that of a fresh hash. `rejectionCost` is what every "no" costs; at least the cost of `stored`.
 * @typedef {{ verb: 'hash', password: string, cost: number }} HashTask
 * @typedef {{ verb: 'verify', password: string, stored: string | null, rejectionCost: number }} VerifyTask
 * @typedef {Omit<VerifyTask, 'verb'> & { verb: 'replace', next: string, cost: number }} ReplaceTask
 * @typedef {HashTask | VerifyTask | ReplaceTask} Task
 */
/**
 * A task's answer, the bcrypt rounds that it took (2^cost for each call), and their time.
 * @typedef {{ value: string | boolean | null, rounds: number, workMs: number }} Outcome
 */
/** @typedef {'started' | Outcome} Report */

/** bcrypt ignores every byte after these. */
const BCRYPT_BYTES = 72;

/** Added to the nice value of the process. docs/performance.md says what other values cost. */
const NICE = 5;

if (!isMainThread) serve();

/** Takes one task after the other. An exception ends the thread, and with it the task. */
function serve() {
  lowerPriority();
  parentPort?.on('message', (/** @type {Task} */ task) => {
    report('started');
    report(perform(task));
  });
}

/** @param {Report} message */
function report(message) {
  parentPort?.postMessage(message);
}

/**
 * Lets the event loop go first, so that a flood of logins slows down only logins. Not the lowest priority: beside busy
 * processes a login would take too long. Linux alone gives threads one of their own.
 */
function lowerPriority() {
  if (platform() !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, Math.min(getPriority(thread) + NICE, 19));
  } catch {
    // A sandbox may forbid it. All threads are equal then, as on other systems.
  }
}

/**
 * @param {Task} task
 * @returns {Outcome}
 */
function perform(task) {
  bcrypt(); // Loading it is no part of the work.
  rounds = 0;
  const startedAt = performance.now();
  const value = answer(task);
  return { value, rounds, workMs: performance.now() - startedAt };
}

/** @param {Task} task */
function answer(task) {
  if (task.verb === 'hash') return hash(task);
  return task.verb === 'verify' ? verify(task) : replace(task);
}

/**
 * Hashes a password for keeping.
 * @param {Omit<HashTask, 'verb'>} task
 * @returns {string}
 */
export function hash({ password, cost }) {
  const { key, digested } = bcryptKey(password);
  rounds += 2 ** cost;
  return (digested ? DIGEST_MARKER : '') + bcrypt().hashSync(key, cost);
}

/**
 * Whether `stored` was made from this password. Every "no" costs the same bcrypt work, 2^rejectionCost rounds: for an
 * unknown account (null), a damaged hash, a wrong password, and a wrong one against a hash of lower cost. Otherwise the
 * time of the answer would tell which accounts exist.
 * @param {Omit<VerifyTask, 'verb'>} task
 * @returns {boolean}
 */
export function verify({ password, stored, rejectionCost }) {
  const known = stored === null ? null : readStoredHash(stored);
  const { key, digested } = bcryptKey(password);
  const same = known ? compare(key, known.bcrypt, known.cost) : compareInVain(key, rejectionCost);
  // Unless the marker agrees, the SHA-384 of a long password would itself be a password of the account, and a long
  // password would open an account whose password equals that digest.
  if (known !== null && same && known.digested === digested) return true;
  // 2^n + 2^n + 2^(n+1) + … + 2^(m-1) = 2^m
  for (let cost = known?.cost ?? rejectionCost; cost < rejectionCost; cost++) compareInVain(key, cost);
  return false;
}

/**
 * The hash of `next` where `stored` was made from this password, else null after the work of a rejected `verify`.
 * @param {Omit<ReplaceTask, 'verb'>} task
 * @returns {string | null}
 */
export function replace({ next, cost, ...current }) {
  return verify(current) ? hash({ password: next, cost }) : null;
}

/** Of bcrypt, since the task began. */
let rounds = 0;

/** @type {import('./bcrypt.js').Bcrypt | undefined} */
let loaded;

/** Loaded by the first task: a thread with a task is not ended, and one that is ended while it loads aborts the process. */
function bcrypt() {
  loaded ??= loadBcrypt();
  return loaded;
}

/**
 * @param {string} key
 * @param {string} hashed
 * @param {number} cost
 */
function compare(key, hashed, cost) {
  rounds += 2 ** cost;
  return bcrypt().compareSync(key, hashed);
}

/**
 * Does the work of a comparison with a hash that no password is known to have.
 * @param {string} key
 * @param {number} cost
 */
function compareInVain(key, cost) {
  const salt = encodeBase64(randomBytes(16), 16);
  const digest = encodeBase64(randomBytes(23), 23);
  return compare(key, `$2b$${String(cost).padStart(2, '0')}$${salt}${digest}`, cost);
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
