import addressparser from 'nodemailer/lib/addressparser/index.js';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config.js';

test('nothing is required, and these are the defaults', () => {
  expect(parseConfig({})).toEqual({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    databaseUrl: 'file:./data/latchkey.db',
    databasePoolSize: 10,
    authSecret: null,
    tokenIssuer: 'http://localhost:4000',
    tokenAudience: 'http://localhost:4000',
    accessTokenTtl: 15 * 60_000,
    refreshTokenTtl: 30 * 86_400_000,
    sessionTtl: 90 * 86_400_000,
    refreshGrace: 30_000,
    bcryptCost: 12,
    passwordMinLength: 8,
    requireVerifiedEmail: false,
    smtpUrl: null,
    mailFrom: 'Latchkey <no-reply@localhost>',
    appUrl: 'http://localhost:4000',
    corsOrigins: [],
    trustProxy: [],
    rateLimits: true,
    introspection: true,
    playground: true,
    metrics: true,
    logLevel: 'info',
  });
});

test('an empty variable is one that is not set', () => {
  const names = 'HOST PORT DATABASE_URL AUTH_SECRET TOKEN_ISSUER TOKEN_AUDIENCE SESSION_TTL SMTP_URL APP_URL'.split(
    ' ',
  );
  const lists = 'CORS_ORIGINS TRUST_PROXY INTROSPECTION METRICS LOG_LEVEL MAIL_FROM NODE_ENV'.split(' ');
  const empty = Object.fromEntries([...names, ...lists].map((name) => [name, '']));
  expect(parseConfig(empty)).toEqual(parseConfig({}));
});

test('audience and mailed links follow the issuer unless they are set', () => {
  const issuer = { TOKEN_ISSUER: 'https://id.example.com/' };
  expect(parseConfig(issuer)).toMatchObject({
    tokenIssuer: 'https://id.example.com/',
    tokenAudience: 'https://id.example.com/',
    appUrl: 'https://id.example.com',
  });
  expect(
    parseConfig({ ...issuer, TOKEN_AUDIENCE: 'shop', APP_URL: 'https://shop.example.com/account/' }),
  ).toMatchObject({ tokenAudience: 'shop', appUrl: 'https://shop.example.com/account' });
});

test('the issuer does not follow PORT, so that restarts on a free port agree', () => {
  expect(parseConfig({ PORT: '0' }).tokenIssuer).toBe('http://localhost:4000');
});

test('production turns introspection and playground off, unless they are asked for', () => {
  const production = { NODE_ENV: 'production', TOKEN_ISSUER: 'https://id.example.com' };
  expect(parseConfig(production)).toMatchObject({ production: true, introspection: false, playground: false });
  expect(parseConfig({ ...production, INTROSPECTION: 'on', PLAYGROUND: 'on' })).toMatchObject({
    introspection: true,
    playground: true,
  });
  expect(parseConfig({ NODE_ENV: 'staging' }).production).toBe(false);
});

test.each([
  ['https://münchen.example/straße', 'https://xn--mnchen-3ya.example/stra%C3%9Fe'],
  ['https://App.Example.com:443/x/../account/', 'https://app.example.com/account'],
  ['http://[::1]:3000/', 'http://[::1]:3000'],
  ['https://app.example.com/100%25', 'https://app.example.com/100%25'],
])('APP_URL=%s: mailed links begin with %s, which is ASCII', (text, links) => {
  expect(parseConfig({ APP_URL: text }).appUrl).toBe(links);
});

test('an issuer in ASCII is kept as written, and mailed links begin with its normal form', () => {
  const issuer = 'https://ID.example.com:443/';
  expect(parseConfig({ TOKEN_ISSUER: issuer })).toMatchObject({
    tokenIssuer: issuer,
    appUrl: 'https://id.example.com',
  });
});

test('a domain of MAIL_FROM that is not ASCII is put into ASCII', () => {
  expect(parseConfig({ MAIL_FROM: 'Zoë <id@münchen.example>' }).mailFrom).toBe('Zoë <id@xn--mnchen-3ya.example>');
});

test('line breaks at the end are no part of a value, others are', () => {
  const secret = 'a secret of more than thirty-two characters';
  expect(parseConfig({ AUTH_SECRET: `${secret}\n`, PORT: '80\r\n' })).toMatchObject({ authSecret: secret, port: 80 });
  expect(parseConfig({ AUTH_SECRET: `${secret}\n\n` }).authSecret).toBe(secret);
  expect(parseConfig({ AUTH_SECRET: ` ${secret} ` }).authSecret).toBe(` ${secret} `);
  expect(parseConfig({ AUTH_SECRET: '\n' }).authSecret).toBeNull();
});

test.each([
  ['2s', 2000],
  ['2m', 120_000],
  ['2h', 7_200_000],
  ['2d', 172_800_000],
])('a duration of %s is %i milliseconds', (text, ms) => {
  expect(parseConfig({ ACCESS_TOKEN_TTL: text }).accessTokenTtl).toBe(ms);
});

test('switches are booleans and lists are split at commas', () => {
  const config = parseConfig({
    RATE_LIMITS: 'off',
    METRICS: 'off',
    INTROSPECTION: 'off',
    PLAYGROUND: 'off',
    REQUIRE_VERIFIED_EMAIL: 'true',
    CORS_ORIGINS: 'https://a.example, http://localhost:3000',
    TRUST_PROXY: '10.0.0.0/8 , ::1',
  });
  expect(config).toMatchObject({ rateLimits: false, metrics: false, introspection: false, playground: false });
  expect(config.requireVerifiedEmail).toBe(true);
  expect(config.corsOrigins).toEqual(['https://a.example', 'http://localhost:3000']);
  expect(config.trustProxy).toEqual(['10.0.0.0/8', '::1']);
});

test.each([
  ['a@b.example', 'a@b.example'],
  ['Zoë of Latchkey <a@b.example>', 'a@b.example'],
  ['"Latchkey, Inc. (id)" <a@b.example>', 'a@b.example'],
  ["O'Brien & Sons <a@b.example>", 'a@b.example'],
])('MAIL_FROM=%s is one sender to the mail library too', (text, address) => {
  const senders = addressparser(parseConfig({ MAIL_FROM: text }).mailFrom);
  expect(senders.map((one) => ('address' in one ? one.address : one))).toEqual([address]);
});
