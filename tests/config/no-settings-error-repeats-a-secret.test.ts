import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.js';

function errorsOf(env: Record<string, string>): string {
  try {
    parseConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}\n${error.stack}`;
    throw error;
  }
}

test('AUTH_SECRET is named, never repeated', () => {
  const errors = errorsOf({ AUTH_SECRET: 'correct horse battery' });
  expect(errors).toContain('AUTH_SECRET');
  expect(errors).not.toMatch(/correct|horse|battery/);
});

test.each([
  ['mysql://user:hunter2@db.example:3306/shop', 'mysql://user:***@db.example:3306/shop'],
  ['mysql://user@db.example/shop', 'mysql://user@db.example/shop'],
  ['mysql://user%3Ahunter2@db.example/shop', 'mysql://user:***@db.example/shop'],
  ['postgres://user:hunter2/more@db.example/shop', 'postgres://user:***@db.example/shop'],
  ['postgres://user:12#hunter2@db.example/shop', 'postgres://***'],
  ['postgres://user:hunter2', 'postgres://user:***'],
  ['user:hunter2@db.example', 'user:***@db.example'],
  [' postgres://user:hunter2@db.example/shop', ' postgres:***@db.example/shop'],
  ['mysql://db.example:3306/shop?password=hunter2&tls=on', 'mysql://db.example:3306/shop?password=***&tls=on'],
  ['mysql://db.example:3306/shop', 'mysql://db.example:3306/shop'],
  ['not-a-url', 'not-a-url'],
])('DATABASE_URL=%s is shown as %s', (url, shown) => {
  const errors = errorsOf({ DATABASE_URL: url });
  expect(errors).toContain(`DATABASE_URL: got "${shown}"; takes `);
  expect(errors).not.toContain('hunter2');
});

const urlSettings = ['DATABASE_URL', 'SMTP_URL', 'TOKEN_ISSUER', 'APP_URL', 'CORS_ORIGINS'];
const schemes = ['wrong://', 'postgres://', 'smtp://', 'https://', ''];
const hosts = ['@host.example', '@host.example:99999/x', '@[::1]/x?a=b', '@', ''];
const middles = fc.string({ unit: fc.constantFrom(...'ab1@:/?#%&=\\ \n[],é"'), maxLength: 8 });

test('no password of any shape is repeated, whichever URL setting it was put into', () => {
  fc.assert(
    fc.property(fc.constantFrom(...schemes), middles, fc.constantFrom(...hosts), (scheme, middle, host) => {
      // user:password@host is all that `user:a@b` can mean, so what stands behind its @ is shown as the host.
      fc.pre(host !== '' || !middle.includes('@'));
      const url = `${scheme}user:QQQ${middle}ZZZ${host}`;
      const errors = errorsOf(Object.fromEntries(urlSettings.map((name) => [name, url])));
      expect(errors).toMatch(/^[A-Z_]+: got /);
      expect(errors).not.toMatch(/QQQ|ZZZ/);
    }),
    { numRuns: 1000 },
  );
});
