import { describe, expect, test, vi } from 'vitest';
import { engines } from '../../support/databases.js';
import { openMailRoom, openSink, smtpMailer } from './mail-room.js';

describe.each(engines)('on %s', (engine) => {
  test('two nodes share the queue, and no mail is sent twice', async () => {
    const here = await openMailRoom(engine);
    const there = await openMailRoom(engine, here.url);
    const sink = await openSink();
    const users = await Promise.all(Array.from({ length: 30 }, () => here.addUser()));
    for (const { email } of users) await here.enqueue('RESET', email);

    for (const room of [here, there]) room.startSender(smtpMailer(sink.url));

    await vi.waitFor(async () => expect(await here.queued()).toBe(0), 20_000);
    expect(sink.mails.map(({ to }) => to).sort()).toEqual(users.map(({ email }) => [email]).sort());
  });

  test('of 16 concurrent claims, one gets the mail', async () => {
    const room = await openMailRoom(engine);
    const id = await room.enqueue('RESET', 'someone@example.com');

    const claim = (_: unknown, n: number) =>
      room.outbox.claim({ now: new Date(), limit: 5, claimId: `owner ${n}`, kinds: ['RESET'] });
    const claims = await Promise.all(Array.from({ length: 16 }, claim));

    expect(claims.flat().map((mail) => mail.id)).toEqual([id]);
  });

  test('a sender whose claim was taken over can neither settle, renew nor send', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const id = await room.enqueue('RESET', user.email);
    const now = new Date();
    const facts = { limit: 1, kinds: ['RESET'] };
    await room.outbox.claim({ ...facts, now, claimId: 'slow' });
    await room.outbox.claim({ ...facts, now: new Date(now.getTime() + 31_000), claimId: 'heir' });

    await room.outbox.settle(id, 'slow');
    await room.outbox.retryLater(id, 'slow', now, 0);

    expect(await room.outbox.renewClaim(id, 'slow', now)).toBe(false);
    const issue = { mailId: id, userId: user.id, kind: 'RESET', lifetimeMs: 60_000, now };
    expect(await room.mailTokens.issue({ ...issue, claimId: 'slow' })).toBeNull();
    expect(await room.mailTokens.issue({ ...issue, claimId: 'heir' })).not.toBeNull();
  });
});
