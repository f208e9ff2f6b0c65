import { commonPasswordList } from './common-passwords.list.js';

/** The kept list: in lower case, without white space in an entry, and so that every entry stands between two spaces. */
const list = ` ${commonPasswordList.trim().replaceAll('\n', ' ')} `;

/** What people type who let the keys choose. zxcvbn finds it by rules, so that its list has little of it. */
const rows = ['01234567890', 'abcdefghijklmnopqrstuvwxyz'];
const runs = [...rows, ...rows.map((row) => [...row].reverse().join(''))];

/** One character or a few again and again (`88888888`, `12341234`), or a run (`987654321`, `abcdefgh`). Few choose longer ones. */
function isPattern(text: string): boolean {
  if (!/^[a-z0-9]{4,10}$/.test(text)) return false;
  return /^(.{1,4})\1+$/.test(text) || runs.some((run) => run.includes(text));
}

/**
 * Whether the password, in any mixture of upper and lower case, is on the kept list or a pattern of keys. The list is
 * searched as it is (0.2 ms), because a set of its entries would cost time at start and several megabytes of memory.
 */
export function isCommonPassword(normalized: string): boolean {
  // Two neighbouring entries are no entry.
  if (normalized === '' || /\s/.test(normalized)) return false;
  const text = normalized.toLowerCase();
  return isPattern(text) || list.includes(` ${text} `);
}
