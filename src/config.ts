import { isIP, isIPv4 } from 'node:net';
import * as z from 'zod';

/** Settings that cannot be used. `faults` has one line for each, fit for standard error: no secret is in them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

// ---- How a fault shows what it got ----------------------------------------------------------------------------------

const shownCharacters = 200;

/** In quotes, on one line whatever it holds (JSON leaves some line breaks, C1 and direction marks as they are). */
function quoted(text: string): string {
  const cut = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** All but the password. It works on the text, since the URL that does not parse is the one with an odd password. */
function withoutPassword(text: string): string {
  if (text.startsWith('file:')) return quoted(text);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  return quoted(scheme + maskPassword(text.slice(scheme.length)));
}

function maskPassword(rest: string): string {
  // An @ behind ? or # is most likely the end of a password that has them unescaped: nothing can be told apart then.
  if (/[?#].*@/s.test(rest)) return '***';
  const colon = rest.search(/:|%3a/i);
  const at = rest.lastIndexOf('@');
  if (colon >= 0 && colon < at) return maskParameters(`${rest.slice(0, colon)}:***${rest.slice(at)}`);
  // Without an @, `name:hunter2` is still somebody's password; a port and an IPv6 address are not.
  const unfinished = /^([^/?#:[\]]*):(?!\d{0,5}(?:[/?#,]|$))/.exec(rest);
  return unfinished ? `${unfinished[1]}:***` : maskParameters(rest);
}

/** PostgreSQL's and SMTP's drivers take `?password=` too. */
function maskParameters(text: string): string {
  return text.replace(/([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=)[^&]*/gi, '$1***');
}

// ---- Kinds of settings ----------------------------------------------------------------------------------------------

/** One kind of setting: what it takes, in words, and how it is read (`undefined`: it cannot be used). */
function kind<T>(takes: string, read: (text: string) => T | undefined, shown: (text: string) => string = quoted) {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `got ${shown(text)}; takes ${takes}` });
    return z.NEVER;
  });
}

function wholeNumber(least: number, most: number) {
  return kind(`a whole number from ${least} to ${most}`, (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

function either(yes: string, no: string) {
  return kind(`${yes} or ${no}`, (text) => (text === yes ? true : text === no ? false : undefined));
}

function oneOf<const Word extends string>(words: readonly Word[]) {
  return kind(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
}

const unitsInMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or NaN. */
function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(count) * (unitsInMs[unit] ?? Number.NaN);
}

/** A lifetime in milliseconds. A hundred years is the most: dates and cookies overflow somewhere beyond it. */
const lifetime = kind('a whole number and one of s, m, h, d, above zero and at most 36500d, such as 15m', (text) => {
  const ms = durationMs(text);
  return ms > 0 && ms <= durationMs('36500d') ? ms : undefined;
});

const grace = kind('a whole number and one of s, m, h, d, from 0s to 300s', (text) => {
  const ms = durationMs(text);
  return ms <= durationMs('300s') ? ms : undefined;
});

/** URL forgives blanks, line breaks and missing slashes; what is kept here is compared byte for byte later. */
function parseUrl(text: string): URL | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\s\u0000-\u001f\u007f]/.test(text) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isHttp(url: URL | undefined): url is URL {
  return url?.protocol === 'http:' || url?.protocol === 'https:';
}

/** Kept as written: `iss` is compared exactly. No query or fragment (RFC 8414 §2); tokens must fit 4,096 characters. */
const httpUrl = kind(
  'an http:// or https:// URL of at most 500 characters without user, query or fragment, such as https://id.example.com',
  (text) => (text.length <= 500 && isHttp(parseUrl(text)) && !/[?#@\\]/.test(text) ? text : undefined),
  withoutPassword,
);

const audience = kind('1 to 500 characters without control characters', (text) =>
  text.length <= 500 && !/\p{Cc}|\p{Cs}/u.test(text) ? text : undefined,
);

/** `file://name/…` is refused: it looks relative, but the driver would open `/name/…`. */
function isSqliteUrl(text: string): boolean {
  const path = text.startsWith('file:') ? text.slice('file:'.length) : '';
  return /^(?!\/\/(?!\/))[^?#\p{Cc}]*[^?#\p{Cc}/]$/u.test(path) && path !== ':memory:';
}

/** Whether the engine is PostgreSQL, going by the text alone. */
function isPostgresql(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text);
}

/**
 * `postgres://u:p@/db?host=/socket` is what the driver takes though URL does not. A fragment, or an @ in the path, means
 * that the password has a `#` or `/` of its own, and that the driver would connect to the wrong host.
 */
function isPostgresqlUrl(text: string): boolean {
  const url = isPostgresql(text) ? parseUrl(text.replace('@/', '@localhost/')) : undefined;
  if (!url || url.hash || url.pathname.includes('@')) return false;
  const port = url.searchParams.get('port') || '5432'; // the driver does not check it, and waits for ever
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return false;
  const socket = url.searchParams.has('host');
  return socket || (!text.includes('@/') && (url.hostname !== '' || url.pathname.length > 1));
}

const databaseUrl = kind(
  'file: and the path of a SQLite file, such as file:./data/latchkey.db, or postgres://user:password@host:5432/name (reserved characters of a password percent-encoded)',
  (text) => (isSqliteUrl(text) || isPostgresqlUrl(text) ? text : undefined),
  withoutPassword,
);

const smtpUrl = kind(
  'smtp://user:password@host:587 or smtps://… (reserved characters of a password percent-encoded)',
  (text) => {
    const url = /^smtps?:\/\//.test(text) ? parseUrl(text) : undefined;
    return url?.hostname && !url.hash && /^\/?$/.test(url.pathname) ? text : undefined;
  },
  withoutPassword,
);

const secret = kind(
  'at least 32 characters',
  (text) => ([...text].length >= 32 ? text : undefined),
  () => 'a value that is not repeated here',
);

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const address = `${atom}(?:\\.${atom})*@${label}(?:\\.${label})*`;
const plainName = '[^\\p{Cc}\\p{Cs}\\u2028\\u2029"<>()\\[\\],:;@\\\\]*';
const quotedName = '"[^\\p{Cc}\\p{Cs}\\u2028\\u2029"\\\\]*" *';
const mailbox = new RegExp(`^(?:${address}|(?:${plainName}|${quotedName})<${address}>)$`, 'u');

/** A strict grammar: a line break in it would be a header of its own, a comma in a bare name a second sender. */
const sender = kind(
  'one address, bare or as Name <address>, without control characters; a name with punctuation such as a comma is put in double quotes',
  (text) => (text.length <= 320 && mailbox.test(text) ? text : undefined),
);

const listenHost = kind('an IP address or a host name to listen on, such as 127.0.0.1, 0.0.0.0 or ::', (text) =>
  isIP(text) || (/^[a-z0-9](?:[\w.-]{0,251}[a-z0-9])?$/i.test(text) && !/^[\d.]+$/.test(text)) ? text : undefined,
);

function list(takes: string, fits: (item: string) => boolean, shown?: (text: string) => string) {
  return kind(
    takes,
    (text) => {
      const items = text.split(',').map((item) => item.trim());
      return items.every(fits) ? items : undefined;
    },
    shown,
  );
}

const origins = list(
  'comma-separated origins, exactly as a browser sends them: scheme, host in lower case, port if it is not the usual one, no closing slash, such as https://app.example.com',
  (item) => {
    const url = parseUrl(item);
    // URL would let https://*.example.com pass, which then matches nobody.
    return isHttp(url) && url.origin === item && !item.includes('*');
  },
  withoutPassword,
);

/** No /0 (it would trust everybody), no names, and no number of hops, which Fastify takes for "nobody". */
const proxies = list('comma-separated IP addresses or CIDR ranges, such as 10.0.0.0/8 or ::1', (item) => {
  const [, ip = '', prefix] = /^([^/%]+)(?:\/([1-9]\d{0,2}))?$/.exec(item) ?? [];
  return isIP(ip) !== 0 && (prefix === undefined || Number(prefix) <= (isIPv4(ip) ? 32 : 128));
});

const anyText = kind('any text', (text) => text);
const onOff = either('on', 'off');

// ---- The settings ---------------------------------------------------------------------------------------------------

/**
 * Every setting, once. The variable's name is the key in capitals (`accessTokenTtl` is ACCESS_TOKEN_TTL); `prefault` is
 * the default, written as an operator would; `optional` and `null` mean that there is none. Durations come out in
 * milliseconds. A new setting is a line here (and one in README.md), and whoever uses it names it in an interface
 * of its own, such as `LoginSettings`; rules between settings are in `conflicts`.
 */
const settings = z.object({
  /** `production` turns introspection and playground off unless asked for, and the demands of `conflicts` on. */
  nodeEnv: anyText.optional(),
  /** The address to listen on. The default is reachable from this machine only. */
  host: listenHost.prefault('127.0.0.1'),
  /** The TCP port; 0 takes a free one, and the log says which. */
  port: wholeNumber(0, 65_535).prefault('4000'),
  /** `file:` is SQLite, a relative path being relative to the working directory; `postgres(ql)://` is PostgreSQL. */
  databaseUrl: databaseUrl.prefault('file:./data/latchkey.db'),
  /** The most PostgreSQL connections of one node; SQLite has no use for it. */
  databasePoolSize: wholeNumber(1, 1000).prefault('10'),
  /** Encrypts the signing keys at rest. `null`: kept in a file, see platform/secret-file.ts. */
  authSecret: secret.nullable().default(null),
  /** `iss` of every token. The default does not follow PORT, so that restarts and nodes agree. */
  tokenIssuer: httpUrl.prefault('http://localhost:4000'),
  /** `aud` of access tokens. Default: the issuer. */
  tokenAudience: audience.optional(),
  /** Lifetime of an access token: how long a verifier that knows only the JWKS goes on taking an ended session. */
  accessTokenTtl: lifetime.prefault('15m'),
  /** Idle limit: a session that is not refreshed for this long has expired. */
  refreshTokenTtl: lifetime.prefault('30d'),
  /** Absolute limit of a session, however often it is refreshed. */
  sessionTtl: lifetime.prefault('90d'),
  /** How long a spent refresh token is answered with its successor instead of being taken for a stolen one. */
  refreshGrace: grace.prefault('30s'),
  /** log2 of bcrypt's rounds: one more doubles the time of a login. Other hashes are renewed at the next login. */
  bcryptCost: wholeNumber(4, 15).prefault('12'),
  /** Code points that a newly chosen password has at least; 256 is the most that any password may have. */
  passwordMinLength: wholeNumber(1, 256).prefault('8'),
  /** Whether only accounts with a verified address can sign in. */
  requireVerifiedEmail: either('true', 'false').prefault('false'),
  /** The mail server. `null`: each mail becomes a file in the data folder. */
  smtpUrl: smtpUrl.nullable().default(null),
  /** The sender of every mail. */
  mailFrom: sender.prefault('Latchkey <no-reply@localhost>'),
  /** Where mailed links point; kept without a closing slash. Default: the issuer. */
  appUrl: httpUrl.optional(),
  /** Origins whose pages may call with credentials. */
  corsOrigins: origins.default([]),
  /** Proxies whose X-Forwarded-For counts. */
  trustProxy: proxies.default([]),
  /** Parsed only: nothing reads it yet. */
  rateLimits: onOff.prefault('on'),
  /** Whether the schema can be asked for, suggestions in errors included. Default: on, in production off. */
  introspection: onOff.optional(),
  /** Whether the playground is served. Default: on, in production off. */
  playground: onOff.optional(),
  /** Parsed only: nothing reads it yet. */
  metrics: onOff.prefault('on'),
  /** The least important level that is logged. */
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info'),
});

type Settings = z.output<typeof settings>;
type Environment = Record<string, string | undefined>;

/** Every setting, checked and complete: defaults that hang on other settings are filled in, durations are milliseconds. */
export type Config = ReturnType<typeof complete>;

function complete({ nodeEnv, ...given }: Settings) {
  const production = nodeEnv === 'production';
  return {
    ...given,
    production,
    tokenAudience: given.tokenAudience ?? given.tokenIssuer,
    appUrl: (given.appUrl ?? given.tokenIssuer).replace(/\/+$/, ''),
    introspection: given.introspection ?? !production,
    playground: given.playground ?? !production,
  };
}

/** `accessTokenTtl` is ACCESS_TOKEN_TTL. */
function variableName(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

/** An empty variable is one that is not set: it is how compose files and shells leave a setting out. */
function given(env: Environment, key: keyof Settings): string | undefined {
  return env[variableName(key)] || undefined;
}

/** What each setting comes to by itself; one that cannot be used is left out, and its line is added to `faults`. */
function parseEach(env: Environment, faults: string[]): Partial<Settings> {
  const values: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(settings.shape)) {
    const result = schema.safeParse(given(env, key as keyof Settings));
    if (result.success) values[key] = result.data;
    else faults.push(...result.error.issues.map((issue) => `${variableName(key)}: ${issue.message}`));
  }
  return values;
}

/** Rules between settings. One that was refused by itself is `undefined` here, and comparing it finds nothing more. */
function conflicts(env: Environment, values: Partial<Settings>): string[] {
  return [
    ...productionFaults(env, values),
    ...secretFaults(values),
    ...audienceFaults(values),
    ...lifetimeFaults(env, values, 'accessTokenTtl', 'refreshTokenTtl'),
    ...lifetimeFaults(env, values, 'refreshTokenTtl', 'sessionTtl'),
  ];
}

function productionFaults(env: Environment, { nodeEnv, bcryptCost }: Partial<Settings>): string[] {
  if (nodeEnv !== 'production') return [];
  const faults: string[] = [];
  if (!given(env, 'tokenIssuer')) {
    faults.push(
      'TOKEN_ISSUER: got nothing; takes the http:// or https:// URL of this service, demanded by NODE_ENV=production',
    );
  }
  if (bcryptCost !== undefined && bcryptCost < 10) {
    faults.push(`BCRYPT_COST: got "${bcryptCost}"; takes a whole number from 10 to 15 with NODE_ENV=production`);
  }
  return faults;
}

function secretFaults({ databaseUrl, authSecret }: Partial<Settings>): string[] {
  if (authSecret !== null || databaseUrl === undefined || !isPostgresql(databaseUrl)) return [];
  return [
    'AUTH_SECRET: got nothing; takes at least 32 characters, demanded by a PostgreSQL DATABASE_URL: nodes share the secret',
  ];
}

/** A refresh token's audience is the issuer + /refresh, so that no verifier of access tokens takes it. Keep it so. */
function audienceFaults({ tokenAudience, tokenIssuer }: Partial<Settings>): string[] {
  if (tokenAudience === undefined || tokenAudience !== `${tokenIssuer}/refresh`) return [];
  return [
    `TOKEN_AUDIENCE: got ${quoted(tokenAudience)}; takes anything but TOKEN_ISSUER + /refresh, the audience of refresh tokens`,
  ];
}

type Lifetime = 'accessTokenTtl' | 'refreshTokenTtl' | 'sessionTtl';

function lifetimeFaults(env: Environment, values: Partial<Settings>, shorter: Lifetime, longer: Lifetime): string[] {
  const [less, more] = [values[shorter], values[longer]];
  if (less === undefined || more === undefined || less <= more) return [];
  const told = (key: Lifetime) =>
    given(env, key) ? `"${given(env, key)}"` : `"${settings.shape[key].def.defaultValue}" by default`;
  return [
    `${variableName(shorter)}: got ${told(shorter)}; takes at most ${variableName(longer)}, which is ${told(longer)}`,
  ];
}

/**
 * Reads every setting of an environment; other variables are ignored, and an empty one is not set. Throws a ConfigError
 * with a line for every fault there is, none of which repeats AUTH_SECRET or a URL's password.
 */
export function parseConfig(env: Environment): Config {
  const faults: string[] = [];
  const values = parseEach(env, faults);
  faults.push(...conflicts(env, values));
  if (faults.length > 0) throw new ConfigError(faults);
  return complete(values as Settings);
}
