import { describe, expect, test, vi } from 'vitest';
import { engines } from '../../support/databases.js';
import { openMailRoom, openSink, smtpMailer } from './mail-room.js';

describe.each(engines)('on %s', (engine) => {
  test('two nodes share the work, and no mail goes out twice', async () => {
    const here = await openMailRoom(engine);
    const there = await openMailRoom(engine, here.url);
    const sink = await openSink();
    const users = await Promise.all(Array.from({ length: 30 }, () => here.addUser()));
    for (const { email } of users) await here.owe('RESET', email);

    for (const room of [here, there]) room.startSender(smtpMailer(sink.url));

    await vi.waitFor(async () => expect(await here.owed()).toBe(0), 20_000);
    expect(sink.mails.map(({ to }) => to).sort()).toEqual(users.map(({ email }) => [email]).sort());
  });

  test('of 16 concurrent claims, one gets the mail', async () => {
    const room = await openMailRoom(engine);
    const id = await room.owe('RESET', 'someone@example.com');

    const claim = (_: unknown, n: number) => room.outbox.claim(new Date(), 5, `owner ${n}`);
    const claims = await Promise.all(Array.from({ length: 16 }, claim));

    expect(claims.flat().map((mail) => mail.id)).toEqual([id]);
  });

  test('a sender whose claim was taken over can neither settle nor send', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const id = await room.owe('RESET', user.email);
    const now = new Date();
    await room.outbox.claim(now, 1, 'slow');
    await room.outbox.claim(new Date(now.getTime() + 31_000), 1, 'heir');

    await room.outbox.settle(id, 'slow');
    await room.outbox.retryLater(id, 'slow', now, 0);

    expect(
      await room.mailTokens.issue({ mailId: id, claimId: 'slow', userId: user.id, kind: 'RESET', now }),
    ).toBeNull();
    expect(
      await room.mailTokens.issue({ mailId: id, claimId: 'heir', userId: user.id, kind: 'RESET', now }),
    ).not.toBeNull();
  });
});
