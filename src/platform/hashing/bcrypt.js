// Plain JavaScript, like its neighbour hash-worker.js.
import { createRequire } from 'node:module';
import portable from 'bcryptjs';

/**
 * @typedef {object} Bcrypt
 * @property {(key: string, cost: number) => string} hashSync
 * @property {(key: string, hash: string) => boolean} compareSync
 */

const require = createRequire(import.meta.url);

/**
 * `bcrypt`, which is native code and half as fast again, wherever its binary loads; otherwise `bcryptjs`. Each reads
 * what the other wrote. To be called when there is work to do: a thread that is ended while the binary loads takes the
 * process with it (Napi::Error, SIGABRT).
 * @param {() => Bcrypt} load
 * @returns {Bcrypt}
 */
export function loadBcrypt(load = () => require('bcrypt')) {
  try {
    const native = load();
    return {
      hashSync: (key, cost) => native.hashSync(key, cost),
      // It rejects the letter y, which PHP writes for what others call b.
      compareSync: (key, hash) => native.compareSync(key, hash.replace(/^\$2y/, '$2b')),
    };
  } catch {
    return portable;
  }
}
