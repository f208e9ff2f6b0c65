import { expect, test } from 'vitest';
import { parseUrl } from '../../src/platform/url.js';

// URL.canParse of Node 20 answers false for such a URL from some thousandth call on.
test('A URL with a letter outside of ASCII is parsed at every one of 50,000 calls', () => {
  let parsed = 0;
  for (let i = 0; i < 50_000; i++) if (parseUrl('https://münchen.example/straße')) parsed++;
  expect(parsed).toBe(50_000);
});

test('A text that is no URL is null', () => {
  expect(parseUrl('https://')).toBeNull();
  expect(parseUrl('münchen.example')).toBeNull();
});
