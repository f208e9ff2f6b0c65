import { describe, expect, test, vi } from 'vitest';
import { engines } from '../../support/databases.js';
import { keptLog, openMailRoom, openSink, smtpMailer } from './mail-room.js';

describe.each(engines)('on %s', (engine) => {
  test('unknown and deactivated accounts get no mail, verified ones no second verification, and no log says so', async () => {
    const room = await openMailRoom(engine);
    const active = await room.addUser();
    const verified = await room.addUser({ emailVerifiedAt: new Date() });
    const deactivated = await room.addUser({ deactivatedAt: new Date() });
    await room.enqueue('RESET', 'nobody@example.com');
    await room.enqueue('RESET', deactivated.email);
    await room.enqueue('VERIFICATION', deactivated.email);
    await room.enqueue('VERIFICATION', verified.email);
    const mailId = await room.enqueue('VERIFICATION', active.email);
    const sink = await openSink();
    const log = keptLog();

    room.startSender(smtpMailer(sink.url), { log });

    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);
    expect(sink.mails.map(({ to }) => to)).toEqual([[active.email]]);
    expect(log.lines()).toEqual([expect.stringContaining(mailId)]);
  });

  test('a verified account can reset its password', async () => {
    const room = await openMailRoom(engine);
    const verified = await room.addUser({ emailVerifiedAt: new Date() });
    const sink = await openSink();
    await room.enqueue('RESET', verified.email);

    room.startSender(smtpMailer(sink.url));

    await vi.waitFor(() => expect(sink.mails.map(({ to }) => to)).toEqual([[verified.email]]), 10_000);
  });
});
