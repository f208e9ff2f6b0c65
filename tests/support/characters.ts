import fc from 'fast-check';

/**
 * Any character but NUL, which no password may have, and halves of a surrogate pair. (Fast-check's own unit 'binary'
 * makes a table of all 1.1 million first, which takes longer than the tests.)
 */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
