import {
  exportJWK,
  generateKeyPair,
  generateSecret,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { type Insider, type Parts, takeApart } from './insider.js';

export type Forge = (genuine: string, insider: Insider) => Promise<string> | string;

/** A key pair of the attacker's own. */
async function own(alg: 'EdDSA' | 'ES256' = 'EdDSA') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: await exportJWK(publicKey), key: privateKey };
}

/** The genuine claims under a header of the attacker's, signed with the attacker's key. */
async function resigned(genuine: string, header: (jwk: JWK) => Record<string, unknown>): Promise<string> {
  const { jwk, key } = await own();
  const parts = takeApart(genuine);
  return new SignJWT(parts.claims)
    .setProtectedHeader({ ...parts.header, ...header(jwk) } as JWTHeaderParameters)
    .sign(key);
}

/** Signed with the genuine key, and wrong in one place. */
function changed(change: (parts: Parts) => Partial<Parts>): Forge {
  return (genuine, insider) => {
    const parts = takeApart(genuine);
    return insider.sign({ ...parts, ...change(parts) });
  };
}

const claim = (claims: Record<string, unknown>) => changed((parts) => ({ claims: { ...parts.claims, ...claims } }));
const headed = (header: Record<string, unknown>) => changed((parts) => ({ header: { ...parts.header, ...header } }));

function parts(token: string): [string, string, string] {
  const [header = '', claims = '', signature = ''] = token.split('.');
  return [header, claims, signature];
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const wrongClaims = {
  'a foreign issuer': claim({ iss: 'https://elsewhere.example.com' }),
  'a foreign audience': claim({ aud: 'https://elsewhere.example.com' }),
  'no audience': claim({ aud: undefined }),
  'no issuer': claim({ iss: undefined }),
  'no subject': claim({ sub: undefined }),
  'no session': claim({ sid: undefined }),
  'no id': claim({ jti: undefined }),
  'no time of issue': claim({ iat: undefined }),
  'no expiry': claim({ exp: undefined }),
  'an expiry in words': claim({ exp: 'never' }),
  'a session that is not a text': claim({ sid: { not: 'a text' } }),
  'a subject that is not a text': claim({ sub: 7 }),
  'a time from which it is valid that has not come': claim({ nbf: 4_000_000_000 }),
} satisfies Record<string, Forge>;

const wrongHeaders = {
  'no type': headed({ typ: undefined }),
  'the type JWT': headed({ typ: 'JWT' }),
  'no kid': headed({ kid: undefined }),
  'an unknown kid': headed({ kid: '01900000-0000-7000-8000-000000000000' }),
  'a kid that is a path': headed({ kid: '../../../dev/null' }),
  'a kid that is SQL': headed({ kid: "' OR 1=1 --" }),
  'a kid that is not a text': headed({ kid: { toString: 'kid' } }),
  'a kid that every object has': headed({ kid: '__proto__' }),
} satisfies Record<string, Forge>;

const wrongSignatures = {
  'no algorithm and no signature': (genuine) => {
    const [, claims] = parts(genuine);
    return `${encoded({ ...takeApart(genuine).header, alg: 'none' })}.${claims}.`;
  },
  'an unsecured JWT': (genuine) => new UnsecuredJWT(takeApart(genuine).claims).encode(),
  'HS256 with the public key as the secret': async (genuine, { publicJwk }) => {
    const { claims, header } = takeApart(genuine);
    const secret = Buffer.from(String(publicJwk.x), 'base64url');
    return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(secret);
  },
  'HS256 with the public JWK as the secret': async (genuine, { publicJwk }) => {
    const { claims, header } = takeApart(genuine);
    return new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: 'HS256' })
      .sign(new TextEncoder().encode(JSON.stringify(publicJwk)));
  },
  'HS256 with any secret': async (genuine) => {
    const { claims, header } = takeApart(genuine);
    return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(await generateSecret('HS256'));
  },
  ES256: async (genuine) => {
    const { claims, header } = takeApart(genuine);
    return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'ES256' }).sign((await own('ES256')).key);
  },
  'another key under our kid': (genuine) => resigned(genuine, () => ({})),
  'another key, offered as jwk': (genuine) => resigned(genuine, (jwk) => ({ jwk, kid: undefined })),
  'another key, offered as jwk under our kid': (genuine) => resigned(genuine, (jwk) => ({ jwk })),
  'another key, offered as jku': (genuine) => resigned(genuine, () => ({ jku: 'https://evil.example.com/jwks.json' })),
  'another key, offered as x5u': (genuine) => resigned(genuine, () => ({ x5u: 'https://evil.example.com/key.pem' })),
  'another key, offered as x5c': (genuine) => resigned(genuine, () => ({ x5c: ['MIIB'] })),
  'claims that were altered': (genuine) => {
    const [header, , signature] = parts(genuine);
    const { claims } = takeApart(genuine);
    return `${header}.${encoded({ ...claims, exp: Number(claims.exp) + 9_999 })}.${signature}`;
  },
  'a signature that was altered': (genuine) => {
    const [header, claims, signature] = parts(genuine);
    return `${header}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  },
  'a signature that was cut': (genuine) => genuine.slice(0, -9),
  'an empty signature': (genuine) => `${parts(genuine).slice(0, 2).join('.')}.`,
  'an unencoded payload': (genuine) => {
    const [, , signature] = parts(genuine);
    const { header, claims } = takeApart(genuine);
    return `${encoded({ ...header, b64: false, crit: ['b64'] })}.${encodeURIComponent(String(claims.sub))}.${signature}`;
  },
  'a demand nobody knows': (genuine) => {
    const [, claims, signature] = parts(genuine);
    return `${encoded({ ...takeApart(genuine).header, crit: ['x'], x: 1 })}.${claims}.${signature}`;
  },
} satisfies Record<string, Forge>;

/** Other texts than tokens. They go into headers as they are, so they are Latin-1 and without line breaks. */
const texts = [
  'x',
  '.',
  '..',
  '....',
  'a.b.c',
  'é.é.é',
  'null',
  '{"alg":"none"}',
  '%00',
  '%E0%A4%A',
  "'--",
  'eyJhbGciOiJFZERTQSJ9..',
  `${encoded([])}.${encoded([])}.${encoded([])}`,
  `${encoded({ alg: 'EdDSA', kid: 'x' })}.x.x`,
  '\u00ff'.repeat(300),
];

/** The last character of a signature has four bits that mean nothing. */
function respelt(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1];
}

/** Everything that is no token of ours, by name, and how to make it from a genuine one. */
export const forgeries: Record<string, Forge> = {
  'a genuine one with padding': (genuine) => `${genuine}==`,
  'a genuine one in another spelling': respelt,
  ...wrongClaims,
  ...wrongHeaders,
  ...wrongSignatures,
  'a genuine one that is over-long': async (genuine, insider) => {
    const { header, claims } = takeApart(genuine);
    return insider.sign({ header, claims: { ...claims, padding: 'x'.repeat(4_096) } });
  },
  'a genuine one with something behind it': (genuine) => `${genuine}.x`,
  'a genuine one twice': (genuine) => `${genuine},${genuine}`,
  ...Object.fromEntries(texts.map((text) => [`the text ${text.slice(0, 30)}`, () => text])),
};
