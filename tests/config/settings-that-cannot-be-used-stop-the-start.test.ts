import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.js';

const postgresql = 'postgresql://latchkey@db.example/latchkey';
const thirtyTwo = 'x'.repeat(32);

/** The faults of an environment; none where it can be used. */
function faultsOf(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const refused: Record<string, string[]> = {
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
  ],
  TOKEN_AUDIENCE: ['a\u0000b', 'http://localhost:4000/refresh', 'a'.repeat(501)],
  ACCESS_TOKEN_TTL: ['0s', '15', '15 m', '1.5h', '-1m', '15M', '15ms', 'm', '1h30m', '31d', `${'9'.repeat(400)}s`],
  REFRESH_TOKEN_TTL: ['0d', '91d', '1m', 'Infinity'],
  SESSION_TTL: ['0h', '36501d', '29d', '999999999999999999d'],
  REFRESH_GRACE: ['301s', '6m', '30', '-1s', '1d'],
  BCRYPT_COST: ['3', '16', '12.0', 'twelve'],
  PASSWORD_MIN_LENGTH: ['0', '257', 'eight'],
  REQUIRE_VERIFIED_EMAIL: ['yes', 'on', '1', 'TRUE'],
  SMTP_URL: ['mail.example', 'http://mail.example', 'smtp:mail.example', 'smtp://', 'smtp://mail.example/path'],
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
  ],
  APP_URL: ['app.example.com', 'javascript:alert(1)', 'https://app.example.com/#/account'],
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

const rows = Object.entries(refused).flatMap(([name, values]) => values.map((value) => [name, value] as const));

test.each(rows)('%s=%j is refused in one line that names it', (name, value) => {
  const faults = faultsOf({ [name]: value });
  expect(faults).not.toEqual([]);
  for (const fault of faults) {
    expect(fault).toContain(name);
    expect(fault).toMatch(/^[A-Z_]+: got .+; takes .+$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(fault).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  }
});

const accepted: Record<string, string[]> = {
  NODE_ENV: ['development', 'test', 'anything'],
  HOST: ['0.0.0.0', '::', 'localhost', 'node_1.internal', 'fe80::1%eth0'],
  PORT: ['0', '80', '65535'],
  DATABASE_URL: ['file:a.db', 'file:/var/lib/a b.db', 'file:///var/lib/a.db', 'file:../a.db'],
  DATABASE_POOL_SIZE: ['1', '1000'],
  AUTH_SECRET: [thirtyTwo],
  TOKEN_ISSUER: ['https://id.example.com', 'http://[::1]:4000', 'https://example.com/id/'],
  ACCESS_TOKEN_TTL: ['1s', '30d', '43200m'],
  SESSION_TTL: ['30d', '36500d'],
  REFRESH_GRACE: ['0s', '300s', '5m', '0d'],
  BCRYPT_COST: ['4', '15'],
  PASSWORD_MIN_LENGTH: ['1', '256'],
  SMTP_URL: ['smtp://mail.example', 'smtps://user:pa%23ss@mail.example:465', 'smtp://[::1]:25/?pool=true'],
  MAIL_FROM: ['a@b', 'Zoë <a@b.example>', '"Latchkey, Inc." <a@b.example>', '<a@b.example>'],
  CORS_ORIGINS: ['https://a.example', 'http://localhost:3000, https://b.example'],
  TRUST_PROXY: ['10.0.0.1', '10.0.0.0/8,::1', 'fd00::/8'],
  LOG_LEVEL: ['fatal', 'silent'],
};

const fine = Object.entries(accepted).flatMap(([name, values]) => values.map((value) => [name, value] as const));

test.each(fine)('%s=%j is taken', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([]);
});

test.each([
  postgresql,
  'postgres://latchkey:pa%40ss@127.0.0.1:5432/latchkey?sslmode=require',
  'postgres://latchkey:secret@/latchkey?host=/cloudsql/project:region:name',
  'postgres:///latchkey',
])('DATABASE_URL=%s is taken', (url) => {
  expect(faultsOf({ DATABASE_URL: url, AUTH_SECRET: thirtyTwo })).toEqual([]);
});

test('a fault names the setting, what it got and what it takes', () => {
  expect(faultsOf({ PORT: 'abc' })).toEqual(['PORT: got "abc"; takes a whole number from 0 to 65535']);
});

test('every fault is told at once, those between settings too', () => {
  const faults = faultsOf({
    NODE_ENV: 'production',
    DATABASE_URL: postgresql,
    PORT: 'abc',
    BCRYPT_COST: '9',
    SESSION_TTL: '1h',
    LOG_LEVEL: 'loud',
  });
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(
    ['AUTH_SECRET', 'BCRYPT_COST', 'LOG_LEVEL', 'PORT', 'REFRESH_TOKEN_TTL', 'TOKEN_ISSUER'].sort(),
  );
});

describe('rules between settings', () => {
  test('an access token may not outlive a refresh token, nor that a session', () => {
    expect(faultsOf({ ACCESS_TOKEN_TTL: '3h', REFRESH_TOKEN_TTL: '2h', SESSION_TTL: '1h' })).toEqual([
      'ACCESS_TOKEN_TTL: got "3h"; takes at most REFRESH_TOKEN_TTL, which is "2h"',
      'REFRESH_TOKEN_TTL: got "2h"; takes at most SESSION_TTL, which is "1h"',
    ]);
    expect(faultsOf({ SESSION_TTL: '1d' })).toEqual([
      'REFRESH_TOKEN_TTL: got "30d" by default; takes at most SESSION_TTL, which is "1d"',
    ]);
    expect(faultsOf({ ACCESS_TOKEN_TTL: '1h', REFRESH_TOKEN_TTL: '60m', SESSION_TTL: '3600s' })).toEqual([]);
  });

  test('production demands TOKEN_ISSUER and a BCRYPT_COST of 10 or more', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^TOKEN_ISSUER: got nothing/)]);
    const issuer = { NODE_ENV: 'production', TOKEN_ISSUER: 'https://id.example.com' };
    expect(faultsOf({ ...issuer, BCRYPT_COST: '9' })).toEqual([expect.stringMatching(/^BCRYPT_COST: got "9"/)]);
    expect(faultsOf({ ...issuer, BCRYPT_COST: '10' })).toEqual([]);
    expect(faultsOf({ BCRYPT_COST: '9' })).toEqual([]);
  });

  test('PostgreSQL demands AUTH_SECRET, SQLite does not', () => {
    expect(faultsOf({ DATABASE_URL: postgresql })).toEqual([expect.stringMatching(/^AUTH_SECRET: got nothing/)]);
    expect(faultsOf({ DATABASE_URL: postgresql, AUTH_SECRET: '' })).toHaveLength(1);
    expect(faultsOf({ DATABASE_URL: 'file:a.db' })).toEqual([]);
  });
});
