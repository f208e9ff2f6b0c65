import {
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.js';
import { sha256 } from '../../platform/digest.js';
import { isId, newId } from '../../platform/ids.js';
import type { Keyring, Signer } from '../keys/keyring.js';
import {
  leewaySeconds,
  maxTokenLength,
  type RefreshClaims,
  type RefreshTokenRecipe,
  type SubjectClaims,
  TokenError,
  toSeconds,
} from './token.js';

export type TokenService = ReturnType<typeof createTokenService>;

/**
 * How many tokens a node remembers, those used last; less than half a kB each. By their digests: the text of a token would
 * hold the whole header in memory that it came in, and be there to be stolen long after.
 */
const maxVerifiedTokens = 50_000;

interface VerifiedToken {
  claims: SubjectClaims;
  kid: string;
  /** `exp`, in seconds. */
  expiresAt: number;
}

export interface TokenSettings {
  issuer: string;
  audience: string;
}

/**
 * Signs and verifies both kinds of token. `typ` and `aud` keep them apart (RFC 8725, sections 3.11 and 3.12): each is
 * rejected where the other belongs, here and by services that verify with the JWKS alone.
 */
export function createTokenService(deps: { keyring: Keyring; clock: Clock; settings: TokenSettings }) {
  const { keyring, clock, settings } = deps;
  const access = { typ: 'at+jwt', audience: settings.audience };
  const refresh = { typ: 'rt+jwt', audience: `${settings.issuer}/refresh` };

  function sign(typ: string, { kid, key }: Signer, payload: JWTPayload): Promise<string> {
    return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ, kid }).sign(key);
  }

  /** Only the header's kid chooses a key, and only among ours: jwk, jku and x5u are never looked at (RFC 8725, 3.10). */
  async function keyFor(header: JWTHeaderParameters) {
    const key = header.kid === undefined ? null : await keyring.verifier(header.kid);
    if (!key) throw new TokenError('INVALID');
    return key;
  }

  async function verify(token: string, kind: { typ: string; audience: string }): Promise<JWTVerifyResult> {
    if (token.length > maxTokenLength || !isCanonical(token)) throw new TokenError('INVALID');
    const options: JWTVerifyOptions = {
      algorithms: ['EdDSA'],
      typ: kind.typ,
      issuer: settings.issuer,
      audience: kind.audience,
      requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti'],
      clockTolerance: leewaySeconds,
      currentDate: clock.now(),
    };
    return jwtVerify(token, keyFor, options);
  }

  /**
   * Access tokens whose signature and claims were found good: that does not change. What can is looked at each time:
   * whether the key still verifies, and the time. Bounded by size and not by number, which would take the room for
   * all of them at the start.
   */
  const verified = new LRUCache<string, VerifiedToken>({ maxSize: maxVerifiedTokens, sizeCalculation: () => 1 });

  async function recall(digest: string): Promise<SubjectClaims | null> {
    const known = verified.get(digest);
    if (!known || !(await keyring.verifier(known.kid))) return null;
    return known.expiresAt > toSeconds(clock.now()) - leewaySeconds ? known.claims : null;
  }

  /** For where an expired token still counts: its signature and all other claims have been checked by then. */
  async function verifyExpiredToo(token: string, kind: { typ: string; audience: string }): Promise<JWTPayload> {
    try {
      return (await verify(token, kind)).payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return error.payload;
      throw toTokenError(error);
    }
  }

  return {
    /** Signs an access token (RFC 9068) for the session. */
    signAccess(
      signer: Signer,
      session: { id: string; userId: string; authenticatedAt: Date },
      issuedAt: Date,
      expiresAt: Date,
    ): Promise<string> {
      return sign(access.typ, signer, {
        iss: settings.issuer,
        aud: access.audience,
        client_id: 'latchkey',
        sub: session.userId,
        sid: session.id,
        auth_time: toSeconds(session.authenticatedAt),
        iat: toSeconds(issuedAt),
        exp: toSeconds(expiresAt),
        jti: newId(),
      });
    },

    /** Signs the refresh token that the recipe describes: with the same key, the same bytes each time. */
    signRefresh(signer: Signer, recipe: RefreshTokenRecipe): Promise<string> {
      return sign(refresh.typ, signer, {
        iss: settings.issuer,
        aud: refresh.audience,
        sub: recipe.userId,
        sid: recipe.sessionId,
        gen: recipe.generation,
        iat: toSeconds(recipe.issuedAt),
        exp: toSeconds(recipe.expiresAt),
        jti: recipe.jti,
      });
    },

    /** Throws `TokenError` where the text is not an access token of ours that is valid now. */
    async verifyAccess(token: string): Promise<SubjectClaims> {
      const digest = sha256(token);
      const known = await recall(digest);
      if (known) return known;
      try {
        const { payload, protectedHeader } = await verify(token, access);
        const claims = readSubject(payload);
        verified.set(digest, { claims, kid: protectedHeader.kid ?? '', expiresAt: payload.exp ?? 0 });
        return claims;
      } catch (error) {
        throw toTokenError(error);
      }
    },

    /**
     * Reads a refresh token whose own `exp` may have passed: the session row knows better whether it is over, and an
     * old token presented late is reuse nevertheless. Throws `TokenError('INVALID')` where it is not one of ours.
     */
    async readRefresh(token: string): Promise<RefreshClaims> {
      const payload = await verifyExpiredToo(token, refresh);
      const { gen, exp } = payload;
      if (typeof gen !== 'number' || !Number.isSafeInteger(gen) || exp === undefined) throw new TokenError('INVALID');
      return { ...readSubject(payload), generation: gen, expiresAt: new Date(exp * 1_000) };
    },

    /** Whose session a token of either kind names, expired or not. Throws `TokenError('INVALID')` where it is not ours. */
    async readAny(token: string): Promise<SubjectClaims> {
      try {
        return readSubject(await verifyExpiredToo(token, refresh));
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return readSubject(await verifyExpiredToo(token, access));
      }
    },
  };
}

/**
 * Whether the token is written as tokens are (RFC 7515): three parts of base64url without padding, each the one way to
 * write its bytes. The decoder is lenient; a token must not have several spellings.
 */
function isCanonical(token: string): boolean {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

/** Ids that no row can have are rejected here: some are errors to PostgreSQL (NUL in a text). */
function readSubject({ sub, sid }: JWTPayload): SubjectClaims {
  if (typeof sub !== 'string' || typeof sid !== 'string' || !isId(sub) || !isId(sid)) throw new TokenError('INVALID');
  return { userId: sub, sessionId: sid };
}

/** Only what jose says about the token becomes a TokenError; an outage while a key is looked up stays an outage. */
function toTokenError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new TokenError('EXPIRED');
  if (error instanceof errors.JOSEError) return new TokenError('INVALID');
  return error;
}
