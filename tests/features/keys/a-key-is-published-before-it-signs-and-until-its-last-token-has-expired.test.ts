import { decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { KeyService } from '../../../src/features/keys/key.service.js';
import { LoginDocument, MeDocument, RefreshDocument } from '../../client/generated/graphql.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { openKeys, publishedKids } from './published-keys.js';

const hour = 3_600_000;
const settings = { REFRESH_TOKEN_TTL: '1h', SESSION_TTL: '1d', REFRESH_GRACE: '300s' };
/** A node learns of changed keys within a second. Each question may be a signup, so there are few. */
const eventually = (assertion: () => Promise<void>) => vi.waitFor(assertion, { timeout: 15_000, interval: 250 });
const kidOf = (token?: string | null) => decodeProtectedHeader(token ?? '').kid;

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  let keys: KeyService;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine, settings);
    keys = await openKeys(latchkey, hour);
  });

  const refresh = async (refreshToken?: string | null) =>
    (await latchkey.client().ask(RefreshDocument, { refreshToken: refreshToken ?? null })).refresh;
  const published = (kid?: string) => eventually(async () => expect(await publishedKids(latchkey)).toContain(kid));
  const signs = async (kid: string) =>
    eventually(async () => expect(kidOf((await latchkey.newAccount()).auth.accessToken)).toBe(kid));

  test('a new key is published at once and signs after ten minutes', async () => {
    const before = kidOf((await latchkey.newAccount()).auth.accessToken);
    const kid = await keys.rotate({ now: false });
    await published(kid);
    latchkey.clock.advance('9m');
    const { auth } = await latchkey.newAccount();
    expect([kidOf(auth.accessToken), kidOf(auth.refreshToken)]).toEqual([before, before]);
    latchkey.clock.advance('1m');
    await signs(kid);
    expect(await publishedKids(latchkey)).toEqual([before, kid]);
  });

  test('a refresh repeats the same bytes after the key has changed, and the next one has the new key', async () => {
    const { auth } = await latchkey.newAccount();
    const second = await refresh(auth.refreshToken);
    const kid = await keys.rotate({ now: true });
    await signs(kid);
    const repeated = await refresh(auth.refreshToken);
    expect(repeated.refreshToken).toBe(second.refreshToken);
    expect(kidOf(repeated.accessToken)).toBe(kid);
    const third = await refresh(second.refreshToken);
    expect(kidOf(third.refreshToken)).toBe(kid);
    expect((await refresh(second.refreshToken)).refreshToken).toBe(third.refreshToken);
  });

  test('a retired key verifies until its last token has expired, and is then removed', async () => {
    const { auth, client } = await latchkey.newAccount();
    const old = kidOf(auth.refreshToken);
    await signs(await keys.rotate({ now: true }));
    expect((await client.ask(MeDocument)).me.id).toBe(auth.user.id);
    latchkey.clock.advance('59m');
    expect((await refresh(auth.refreshToken)).session.id).toBe(auth.session.id);
    await published(old);
    latchkey.clock.advance('3m');
    await eventually(async () => expect(await publishedKids(latchkey)).not.toContain(old));
    await keys.rotate({ now: true });
    expect((await keys.list()).map(({ kid }) => kid)).not.toContain(old);
  });

  test('a key whose successor is revoked before it signed goes on for as long as it signs', async () => {
    const signing = await keys.rotate({ now: true });
    await signs(signing);
    const upcoming = await keys.rotate({ now: false });
    await published(upcoming);
    expect(await keys.revoke(upcoming)).toBe(true);
    await eventually(async () => expect(await publishedKids(latchkey)).not.toContain(upcoming));
    latchkey.clock.advance('2h');
    const { auth, client, email, password } = await latchkey.newAccount();
    expect(kidOf(auth.accessToken)).toBe(signing);
    expect((await client.ask(MeDocument)).me.id).toBe(auth.user.id);
    await latchkey.client().ask(LoginDocument, { input: { email, password } });
    expect(await publishedKids(latchkey)).toContain(signing);
  });

  test('a key that signs in the place of a revoked one verifies for as long', async () => {
    const signing = await keys.rotate({ now: true });
    await signs(signing);
    const upcoming = await keys.rotate({ now: false });
    latchkey.clock.advance('9m');
    await published(await keys.rotate({ now: false }));
    expect(await keys.revoke(upcoming)).toBe(true);
    await eventually(async () => expect(await publishedKids(latchkey)).not.toContain(upcoming));
    latchkey.clock.advance('9m');
    const { auth } = await latchkey.newAccount();
    expect(kidOf(auth.refreshToken)).toBe(signing);
    latchkey.clock.advance('59m');
    expect((await refresh(auth.refreshToken)).session.id).toBe(auth.session.id);
  });

  test('a client whose newest token a revoked key has signed is given another for the one before', async () => {
    const { auth } = await latchkey.newAccount();
    const revoked = await keys.rotate({ now: true });
    await signs(revoked);
    const lost = await refresh(auth.refreshToken);
    expect(kidOf(lost.refreshToken)).toBe(revoked);
    await keys.revoke(revoked);
    await eventually(async () => expect(await publishedKids(latchkey)).not.toContain(revoked));
    const found = await refresh(auth.refreshToken);
    expect(kidOf(found.refreshToken)).not.toBe(revoked);
    expect((await refresh(found.refreshToken)).session.id).toBe(auth.session.id);
  });

  test('of 16 operators who revoke the signing key at once, one does, and one successor signs', async () => {
    const signing = await keys.rotate({ now: true });
    const outcomes = await Promise.all(Array.from({ length: 16 }, () => keys.revoke(signing)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await keys.list()).filter(({ state }) => state === 'active')).toHaveLength(1);
  });

  test('of 16 operators who rotate at once, each adds a key, and the last signs', async () => {
    const before = (await keys.list()).length;
    const kids = await Promise.all(Array.from({ length: 16 }, () => keys.rotate({ now: true })));
    const all = await keys.list();
    expect(all).toHaveLength(before + 16);
    expect(kids).toContain(all.at(-1)?.kid);
    expect(all.at(-1)?.state).toBe('active');
    await signs(all.at(-1)?.kid ?? '');
  });
});
