// Plain JavaScript, like its neighbour hash-worker.js.
import portable from 'bcryptjs';

/**
 * @typedef {object} Bcrypt
 * @property {(key: string, cost: number) => string} hashSync
 * @property {(key: string, hash: string) => boolean} compareSync
 */

/**
 * `bcrypt`, which is native code and half as fast again, wherever its binary loads; otherwise `bcryptjs`. Each reads
 * what the other wrote.
 * @param {() => Promise<{ default: Bcrypt }>} load
 * @returns {Promise<Bcrypt>}
 */
export async function loadBcrypt(load = () => import('bcrypt')) {
  try {
    const { default: native } = await load();
    return {
      hashSync: (key, cost) => native.hashSync(key, cost),
      // It refuses the letter y, with which PHP writes what everybody else calls b.
      compareSync: (key, hash) => native.compareSync(key, hash.replace(/^\$2y/, '$2b')),
    };
  } catch {
    return portable;
  }
}
