import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.js';

const postgresql = 'postgresql://latchkey@db.example/latchkey';
const thirtyTwo = 'x'.repeat(32);

/** The errors of an environment; none where it can be used. */
function errorsOf(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.errors;
    throw error;
  }
}

const rejected: Record<string, string[]> = {
  NODE_ENV: ['Production', 'PRODUCTION', 'prod', 'production ', ' production', 'produciton'],
  HOST: ['[::1]', 'two words', '999.1.1.1', 'a\nb', '-x'],
  PORT: ['abc', '-1', '65536', '80.5', '0x50', '1e3', ' 80', '+80'],
  DATABASE_URL: [
    'postgres://u@h/x?port=zz',
    'postgres://u@h/x?port=70000',
    'latchkey.db',
    'file:',
    'file::memory:',
    'file:./data/',
    'file:./a.db?connection_limit=1',
    'file://data/a.db',
    'mysql://db.example/latchkey',
    'postgres://',
    'postgres:latchkey',
    'postgresql://db.example:99999/latchkey',
    'postgresql://db.example/latchkey#fragment',
    'postgresql://user@/latchkey',
  ],
  DATABASE_POOL_SIZE: ['0', '1001', 'ten'],
  AUTH_SECRET: ['😀'.repeat(16), 'x'.repeat(31)],
  TOKEN_ISSUER: [
    'id.example.com',
    'ftp://id.example.com',
    'http:id.example.com',
    'https://',
    'https://id.example.com/?a=b',
    'https://id.example.com#a',
    'https://somebody@id.example.com',
    ' https://id.example.com',
    'https://id.example.com\\x',
    `https://id.example.com/${'a'.repeat(500)}`,
    'https://münchen.example',
    'https://id.example.com/straße',
    'https://ｉd.example.com',
  ],
  TOKEN_AUDIENCE: ['a\u0000b', 'http://localhost:4000/refresh', 'a'.repeat(501)],
  ACCESS_TOKEN_TTL: ['0s', '15', '15 m', '1.5h', '-1m', '15M', '15ms', 'm', '1h30m', '31d', `${'9'.repeat(400)}s`],
  REFRESH_TOKEN_TTL: ['0d', '91d', '1m', 'Infinity'],
  SESSION_TTL: ['0h', '36501d', '29d', '999999999999999999d'],
  REFRESH_GRACE: ['301s', '6m', '30', '-1s', '1d'],
  BCRYPT_COST: ['3', '16', '12.0', 'twelve'],
  PASSWORD_MIN_LENGTH: ['0', '257', 'eight'],
  REQUIRE_VERIFIED_EMAIL: ['yes', 'on', '1', 'TRUE'],
  SMTP_URL: [
    'mail.example',
    'http://mail.example',
    'smtp:mail.example',
    'smtp://',
    'smtp://mail.example/path',
    'smtp://mail.example:0',
  ],
  MAIL_FROM: [
    'nobody',
    'a@b, c@d',
    'Latchkey, Inc. <a@b.example>',
    'a@b\r\nBcc: x@evil.example',
    'Latchkey <a@b.example>\nBcc: x@evil.example',
    'Latch\u0000key <a@b.example>',
    'Latchkey <a@b.example',
    'group: a@b.example;',
    '.a@b.example',
    'a@-b.example',
    'zoë@b.example',
    'Latchkey <a@mün chen.example>',
    'a@xn--.example',
    `a@${'ü'.repeat(64)}.example`,
  ],
  APP_URL: [
    'app.example.com',
    'javascript:alert(1)',
    'https://app.example.com/#/account',
    `https://app.example.com/${'ü'.repeat(100)}`,
  ],
  CORS_ORIGINS: [
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://App.example.com',
    'https://app.example.com:443',
    'https://*.example.com',
    'https://a.example https://b.example',
    'https://a.example,,https://b.example',
    'ftp://a.example',
    'https://münchen.example',
    'capacitor://localhost/',
    'capacitor://',
    'Capacitor://localhost',
    'chrome-extension://*',
    'chrome-extension://abc/page.html',
    'moz-extension://user@abc',
    'file://',
    'file://localhost',
    'data://x',
    'javascript://x',
    'htps://app.example.com',
    'htttps://app.example.com',
  ],
  TRUST_PROXY: [
    'true',
    '1',
    'loopback',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '10.0.0.0/255.0.0.0',
    '::/129',
    '*',
  ],
  RATE_LIMITS: ['true', 'ON', '0'],
  INTROSPECTION: ['false'],
  PLAYGROUND: ['no'],
  METRICS: ['1'],
  LOG_LEVEL: ['verbose', 'INFO', '30'],
};

const rows = Object.entries(rejected).flatMap(([name, values]) => values.map((value) => [name, value] as const));

test.each(rows)('%s=%j is rejected in one line that names it', (name, value) => {
  const errors = errorsOf({ [name]: value });
  expect(errors).not.toEqual([]);
  for (const error of errors) {
    expect(error).toContain(name);
    expect(error).toMatch(/^[A-Z_]+: got .+; takes .+$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(error).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  }
});

const accepted: Record<string, string[]> = {
  NODE_ENV: ['production', 'development', 'test', 'staging', 'preproduction'],
  HOST: ['0.0.0.0', '::', 'localhost', 'node_1.internal', 'fe80::1%eth0'],
  PORT: ['0', '80', '65535'],
  DATABASE_URL: ['file:a.db', 'file:/var/lib/a b.db', 'file:///var/lib/a.db', 'file:../a.db'],
  DATABASE_POOL_SIZE: ['1', '1000'],
  AUTH_SECRET: [thirtyTwo],
  TOKEN_ISSUER: [
    'https://id.example.com',
    'http://[::1]:4000',
    'https://example.com/id/',
    'https://xn--mnchen-3ya.example',
  ],
  ACCESS_TOKEN_TTL: ['1s', '30d', '43200m'],
  SESSION_TTL: ['30d', '36500d'],
  REFRESH_GRACE: ['0s', '300s', '5m', '0d'],
  BCRYPT_COST: ['4', '15'],
  PASSWORD_MIN_LENGTH: ['1', '256'],
  SMTP_URL: ['smtp://mail.example', 'smtps://user:pa%23ss@mail.example:465', 'smtp://[::1]:25/?pool=true'],
  MAIL_FROM: ['a@b', 'Zoë <a@b.example>', '"Latchkey, Inc." <a@b.example>', '<a@b.example>', 'a@münchen.example'],
  APP_URL: ['https://münchen.example/straße', 'https://App.example.com:443/'],
  CORS_ORIGINS: [
    'https://a.example',
    'http://localhost:3000, https://b.example',
    'https://xn--mnchen-3ya.example',
    'capacitor://localhost',
    'ionic://localhost,tauri://localhost,https://tauri.localhost',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
    'safari-web-extension://5A2D4E5C-1D3E-4F6A-9C8B-7E6D5C4B3A21',
    'app://.',
    'app://obsidian.md',
    'com.example.shop://localhost:8080',
  ],
  TRUST_PROXY: ['10.0.0.1', '10.0.0.0/8,::1', 'fd00::/8'],
  LOG_LEVEL: ['fatal', 'silent'],
};

const fine = Object.entries(accepted).flatMap(([name, values]) => values.map((value) => [name, value] as const));

test.each(fine)('%s=%j is accepted', (name, value) => {
  const issuer = value === 'production' ? { TOKEN_ISSUER: 'https://id.example.com' } : {};
  expect(errorsOf({ ...issuer, [name]: value })).toEqual([]);
});

test.each([
  postgresql,
  'postgres://latchkey:pa%40ss@127.0.0.1:5432/latchkey?sslmode=require',
  'postgres://latchkey:secret@/latchkey?host=/cloudsql/project:region:name',
  'postgres:///latchkey',
])('DATABASE_URL=%s is accepted', (url) => {
  expect(errorsOf({ DATABASE_URL: url, AUTH_SECRET: thirtyTwo })).toEqual([]);
});

test('an error names the setting, what it got and what it takes', () => {
  expect(errorsOf({ PORT: 'abc' })).toEqual(['PORT: got "abc"; takes a whole number from 0 to 65535']);
});

test.each([
  ['TOKEN_ISSUER', 'https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ['TOKEN_ISSUER', 'https://Ｉd.example.com/straße/', 'https://id.example.com/stra%C3%9Fe/'],
  ['CORS_ORIGINS', 'https://münchen.example', 'https://xn--mnchen-3ya.example'],
  [
    'CORS_ORIGINS',
    'https://App.example.com:443/, capacitor://localhost',
    'https://app.example.com,capacitor://localhost',
  ],
  ['CORS_ORIGINS', 'capacitor://localhost/', 'capacitor://localhost'],
])('the error of %s=%s shows how to write it', (name, value, instead) => {
  expect(errorsOf({ [name]: value })).toEqual([expect.stringMatching(/^[A-Z_]+: got ".*"; takes .*: write "[^"]*"$/)]);
  expect(errorsOf({ [name]: value })[0]).toContain(`: write "${instead}"`);
  expect(errorsOf({ [name]: instead })).toEqual([]);
});

test('all errors are reported at once, those between settings too', () => {
  const errors = errorsOf({
    NODE_ENV: 'production',
    DATABASE_URL: postgresql,
    PORT: 'abc',
    BCRYPT_COST: '9',
    SESSION_TTL: '1h',
    LOG_LEVEL: 'loud',
  });
  expect(errors.map((error) => error.split(':')[0]).sort()).toEqual(
    ['AUTH_SECRET', 'BCRYPT_COST', 'LOG_LEVEL', 'PORT', 'REFRESH_TOKEN_TTL', 'TOKEN_ISSUER'].sort(),
  );
});

describe('rules between settings', () => {
  test('an access token may not outlive a refresh token, nor that a session', () => {
    expect(errorsOf({ ACCESS_TOKEN_TTL: '3h', REFRESH_TOKEN_TTL: '2h', SESSION_TTL: '1h' })).toEqual([
      'ACCESS_TOKEN_TTL: got "3h"; takes at most REFRESH_TOKEN_TTL, which is "2h"',
      'REFRESH_TOKEN_TTL: got "2h"; takes at most SESSION_TTL, which is "1h"',
    ]);
    expect(errorsOf({ SESSION_TTL: '1d' })).toEqual([
      'REFRESH_TOKEN_TTL: got "30d" by default; takes at most SESSION_TTL, which is "1d"',
    ]);
    expect(errorsOf({ ACCESS_TOKEN_TTL: '1h', REFRESH_TOKEN_TTL: '60m', SESSION_TTL: '3600s' })).toEqual([]);
  });

  test('production demands TOKEN_ISSUER and a BCRYPT_COST of 10 or more', () => {
    expect(errorsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^TOKEN_ISSUER: got nothing/)]);
    const issuer = { NODE_ENV: 'production', TOKEN_ISSUER: 'https://id.example.com' };
    expect(errorsOf({ ...issuer, BCRYPT_COST: '9' })).toEqual([expect.stringMatching(/^BCRYPT_COST: got "9"/)]);
    expect(errorsOf({ ...issuer, BCRYPT_COST: '10' })).toEqual([]);
    expect(errorsOf({ BCRYPT_COST: '9' })).toEqual([]);
  });

  test('PostgreSQL demands AUTH_SECRET, SQLite does not', () => {
    expect(errorsOf({ DATABASE_URL: postgresql })).toEqual([expect.stringMatching(/^AUTH_SECRET: got nothing/)]);
    expect(errorsOf({ DATABASE_URL: postgresql, AUTH_SECRET: '' })).toHaveLength(1);
    expect(errorsOf({ DATABASE_URL: 'file:a.db' })).toEqual([]);
  });
});
