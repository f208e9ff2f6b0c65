import * as z from 'zod';
import { databaseUrl, isPostgresql } from './platform/settings/database-url.js';
import { issuerUrl, linkUrl, normalizeHttpUrl } from './platform/settings/http-url.js';
import { either, oneOf } from './platform/settings/kind.js';
import { sender, smtpUrl } from './platform/settings/mail.js';
import { listenHost, origins, proxies } from './platform/settings/network.js';
import { grace, lifetime, wholeNumber } from './platform/settings/numbers.js';
import { quoted } from './platform/settings/shown.js';
import { audience, nodeEnv, secret } from './platform/settings/text.js';

/** Settings that cannot be used. `errors` has one line for each, fit for standard error: no secret is in them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly errors: string[]) {
    super(errors.join('\n'));
  }
}

const onOff = either('on', 'off');

/**
 * Every setting, once. The variable's name is the key in capitals (`accessTokenTtl` is ACCESS_TOKEN_TTL); `prefault` is
 * the default, written as an operator would; `optional` and `null` mean that there is none. Durations come out in
 * milliseconds. A new setting is a line here (and one in docs/settings.md), and the part that uses it names it in an
 * interface of its own, such as `LoginSettings`; rules between settings are in `conflicts`.
 */
const settings = z.object({
  /** `production` turns introspection and playground off unless asked for, and the demands of `conflicts` on. */
  nodeEnv: nodeEnv.optional(),
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
  tokenIssuer: issuerUrl.prefault('http://localhost:4000'),
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
  /** Where mailed links point; in ASCII, without a closing slash. Default: the issuer. */
  appUrl: linkUrl.optional(),
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

/** Every setting, checked and complete: defaults that depend on other settings are filled in, durations are milliseconds. */
export type Config = ReturnType<typeof complete>;

function complete({ nodeEnv, ...given }: Settings) {
  const production = nodeEnv === 'production';
  return {
    ...given,
    production,
    tokenAudience: given.tokenAudience ?? given.tokenIssuer,
    appUrl: given.appUrl ?? normalizeHttpUrl(given.tokenIssuer),
    introspection: given.introspection ?? !production,
    playground: given.playground ?? !production,
  };
}

/** `accessTokenTtl` is ACCESS_TOKEN_TTL. */
function variableName(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

/**
 * An empty variable is one that is not set: it is how compose files and shells leave a setting out. Line breaks at the end
 * are no part of a value: files that become variables (secrets of Kubernetes) often end with one.
 */
function given(env: Environment, key: keyof Settings): string | undefined {
  return env[variableName(key)]?.replace(/[\r\n]+$/, '') || undefined;
}

/** What each setting comes to by itself; one that cannot be used is left out, and its line is added to `errors`. */
function parseEach(env: Environment, errors: string[]): Partial<Settings> {
  const values: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(settings.shape)) {
    const result = schema.safeParse(given(env, key as keyof Settings));
    if (result.success) values[key] = result.data;
    else errors.push(...result.error.issues.map((issue) => `${variableName(key)}: ${issue.message}`));
  }
  return values;
}

/** Rules between settings. One that was rejected by itself is `undefined` here, and comparing it finds nothing more. */
function conflicts(env: Environment, values: Partial<Settings>): string[] {
  return [
    ...productionErrors(env, values),
    ...secretErrors(values),
    ...audienceErrors(values),
    ...lifetimeErrors(env, values, 'accessTokenTtl', 'refreshTokenTtl'),
    ...lifetimeErrors(env, values, 'refreshTokenTtl', 'sessionTtl'),
  ];
}

function productionErrors(env: Environment, { nodeEnv, bcryptCost }: Partial<Settings>): string[] {
  if (nodeEnv !== 'production') return [];
  const errors: string[] = [];
  if (!given(env, 'tokenIssuer')) {
    errors.push(
      'TOKEN_ISSUER: got nothing; takes the http:// or https:// URL of this service, demanded by NODE_ENV=production',
    );
  }
  if (bcryptCost !== undefined && bcryptCost < 10) {
    errors.push(`BCRYPT_COST: got "${bcryptCost}"; takes a whole number from 10 to 15 with NODE_ENV=production`);
  }
  return errors;
}

function secretErrors({ databaseUrl, authSecret }: Partial<Settings>): string[] {
  if (authSecret !== null || databaseUrl === undefined || !isPostgresql(databaseUrl)) return [];
  return [
    'AUTH_SECRET: got nothing; takes at least 32 characters, demanded by a PostgreSQL DATABASE_URL: nodes share the secret',
  ];
}

/** A refresh token's audience is the issuer + /refresh, so that no verifier of access tokens takes it. Keep it so. */
function audienceErrors({ tokenAudience, tokenIssuer }: Partial<Settings>): string[] {
  if (tokenAudience === undefined || tokenAudience !== `${tokenIssuer}/refresh`) return [];
  return [
    `TOKEN_AUDIENCE: got ${quoted(tokenAudience)}; takes anything but TOKEN_ISSUER + /refresh, the audience of refresh tokens`,
  ];
}

type Lifetime = 'accessTokenTtl' | 'refreshTokenTtl' | 'sessionTtl';

function lifetimeErrors(env: Environment, values: Partial<Settings>, shorter: Lifetime, longer: Lifetime): string[] {
  const [less, more] = [values[shorter], values[longer]];
  if (less === undefined || more === undefined || less <= more) return [];
  const shown = (key: Lifetime) =>
    given(env, key) ? `"${given(env, key)}"` : `"${settings.shape[key].def.defaultValue}" by default`;
  return [
    `${variableName(shorter)}: got ${shown(shorter)}; takes at most ${variableName(longer)}, which is ${shown(longer)}`,
  ];
}

/**
 * Reads every setting of an environment; other variables are ignored, and an empty one is not set. Throws a ConfigError
 * with a line for every error there is, none of which repeats AUTH_SECRET or a URL's password.
 */
export function parseConfig(env: Environment): Config {
  const errors: string[] = [];
  const values = parseEach(env, errors);
  errors.push(...conflicts(env, values));
  if (errors.length > 0) throw new ConfigError(errors);
  return complete(values as Settings);
}
