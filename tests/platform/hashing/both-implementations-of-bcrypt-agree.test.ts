import portable from 'bcryptjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadBcrypt } from '../../../src/platform/hashing/bcrypt.js';
import { anyCharacter } from '../../support/characters.js';

const native = loadBcrypt();
const withoutBinary = () => {
  throw new Error('No native build was found.');
};

// What the hashing gives them: never a NUL, never more than 72 bytes.
const key = fc.string({ unit: anyCharacter, maxLength: 18 });

test('the native implementation loads here; otherwise this file would compare one with itself', () => {
  expect(native).not.toBe(portable);
});

test('where the native binary does not load, the portable implementation takes its place', () => {
  expect(loadBcrypt(withoutBinary)).toBe(portable);
});

describe.each([
  ['the native implementation', native, portable],
  ['the portable implementation', portable, native],
])('a hash that %s wrote', (_name, writer, reader) => {
  test('is read by the other', () => {
    fc.assert(
      fc.property(key, key, (password, other) => {
        const stored = writer.hashSync(password, 4);
        expect(stored).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
        expect(reader.compareSync(password, stored)).toBe(true);
        if (other !== password) expect(reader.compareSync(other, stored)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

test.each(['a', 'b', 'y'])('both read $2%s$', (letter) => {
  const stored = portable.hashSync('correct horse', 4).replace('$2b$', `$2${letter}$`);
  for (const bcrypt of [native, portable]) {
    expect(bcrypt.compareSync('correct horse', stored)).toBe(true);
    expect(bcrypt.compareSync('wrong horse', stored)).toBe(false);
  }
});
