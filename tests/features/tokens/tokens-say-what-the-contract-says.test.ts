import { createRemoteJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { isId, newId } from '../../../src/platform/ids.js';
import { MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { expectCode } from '../../support/client.js';
import { engines } from '../../support/databases.js';
import { type Account, type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { type Insider, openInsider, takeApart } from './insider.js';

const settings = { TOKEN_ISSUER: 'https://auth.example.com', TOKEN_AUDIENCE: 'https://api.example.com' };
const seconds = (instant: string | Date) => Math.floor(new Date(instant).getTime() / 1_000);

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let insider: Insider;
  let account: Account;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, settings);
    insider = await openInsider(latchkey);
    account = await latchkey.newAccount();
  });

  test('an access token is an RFC 9068 JWT about one session of one user', async () => {
    const { auth } = account;
    const { header, claims } = takeApart(auth.accessToken);
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: insider.publicJwk.kid });
    expect(claims).toEqual({
      iss: settings.TOKEN_ISSUER,
      aud: settings.TOKEN_AUDIENCE,
      client_id: 'latchkey',
      sub: auth.user.id,
      sid: auth.session.id,
      auth_time: seconds(auth.session.createdAt),
      iat: expect.any(Number),
      exp: seconds(auth.accessTokenExpiresAt),
      jti: expect.any(String),
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(15 * 60);
  });

  test('a refresh token says of which session and which rotation it is, and until when', () => {
    const { auth } = account;
    const { header, claims } = takeApart(auth.refreshToken ?? '');
    expect(header).toEqual({ alg: 'EdDSA', typ: 'rt+jwt', kid: insider.publicJwk.kid });
    expect(claims).toMatchObject({
      iss: settings.TOKEN_ISSUER,
      aud: `${settings.TOKEN_ISSUER}/refresh`,
      sub: auth.user.id,
      sid: auth.session.id,
      gen: 0,
      exp: seconds(auth.refreshTokenExpiresAt),
    });
    expect(auth.refreshTokenExpiresAt).toBe(auth.session.expiresAt);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(30 * 86_400);
  });

  test('ids are UUIDs of version 7, and no two tokens share one', async () => {
    const { refresh: auth } = await latchkey.client().ask(RefreshDocument, { refreshToken: account.auth.refreshToken });
    const tokens = [account.auth, auth].flatMap((each) => [each.accessToken, each.refreshToken ?? '']);
    const ids = tokens.map((token) => String(takeApart(token).claims.jti));
    expect(new Set(ids).size).toBe(4);
    for (const id of [...ids, auth.user.id, auth.session.id]) expect(isId(id)).toBe(true);
    expect(takeApart(auth.refreshToken ?? '').claims.gen).toBe(1);
    expect(takeApart(auth.accessToken).claims.auth_time).toBe(seconds(account.auth.session.createdAt));
  });

  test('other services verify it with the published keys alone', async () => {
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', latchkey.url));
    const { auth } = await latchkey.newAccount();
    const rules = { issuer: settings.TOKEN_ISSUER, audience: settings.TOKEN_AUDIENCE, typ: 'at+jwt' };
    expect((await jwtVerify(auth.accessToken, keys, rules)).payload.sub).toBe(auth.user.id);
  });

  test('it is valid until it expires and five seconds longer', async () => {
    const { header, claims } = takeApart(account.auth.accessToken);
    const expiredFor = (age: number) =>
      insider.sign({ header, claims: { ...claims, exp: seconds(latchkey.clock.now()) - age } });
    const client = latchkey.client();
    expect((await client.with({ token: await expiredFor(1) }).ask(MeDocument)).me.id).toBe(account.auth.user.id);
    const late = await client.with({ token: await expiredFor(6) }).send(MeDocument);
    expectCode(late, 'UNAUTHENTICATED', { reason: 'EXPIRED' });
  });

  test('a token of a session that there never was, or of another user, is of an ended one', async () => {
    const { header, claims } = takeApart(account.auth.accessToken);
    const stranger = (await latchkey.newAccount()).auth.user.id;
    for (const wrong of [{ sid: newId() }, { sub: newId() }, { sub: stranger }]) {
      const token = await insider.sign({ header, claims: { ...claims, ...wrong } });
      const answer = await latchkey.client({ token }).send(MeDocument);
      expectCode(answer, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    }
  });

  test('a token about what cannot be an id is none', async () => {
    const { header, claims } = takeApart(account.auth.accessToken);
    for (const id of ['', 'x', '\0', '\ud800', 'x'.repeat(900)]) {
      for (const wrong of [{ sid: id }, { sub: id }]) {
        const token = await insider.sign({ header, claims: { ...claims, ...wrong } });
        expectCode(await latchkey.client({ token }).send(MeDocument), 'UNAUTHENTICATED', { reason: 'INVALID' });
      }
    }
  });
});
