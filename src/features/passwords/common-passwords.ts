import { commonPasswordList } from './common-passwords.list.js';

/** The kept list: in lower case, without white space in an entry, and so that every entry stands between two spaces. */
const list = ` ${commonPasswordList.trim().replaceAll('\n', ' ')} `;

/**
 * Whether the password, in any mixture of upper and lower case, is on the kept list. The text is searched as it is
 * (0.2 ms), because a set of its entries would cost time at start and several megabytes for good.
 */
export function isCommonPassword(normalized: string): boolean {
  // Two neighbouring entries are no entry.
  if (normalized === '' || /\s/.test(normalized)) return false;
  return list.includes(` ${normalized.toLowerCase()} `);
}
