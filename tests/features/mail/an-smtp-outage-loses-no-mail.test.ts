import { describe, expect, test, vi } from 'vitest';
import { deferralWaitMs, outageWaitMs } from '../../../src/features/mail/mail-timing.js';
import { engines } from '../../support/databases.js';
import { breakable } from '../../support/outage.js';
import { keptLog, movableClock, openMailRoom, openSink, smtpMailer } from './mail-room.js';

const threeDays = 72 * 3_600_000;

describe.each(engines)('on %s', (engine) => {
  test('mails queued while the server was down leave when it is back', async () => {
    const room = await openMailRoom(engine);
    const sink = await openSink();
    const line = await breakable(sink.url);
    line.cut();
    const log = keptLog();
    const users = await Promise.all(Array.from({ length: 8 }, () => room.addUser()));
    for (const { email } of users) await room.enqueue('VERIFICATION', email);
    room.startSender(smtpMailer(line.url), { log });
    await vi.waitFor(() => expect(log.lines('warn')).toHaveLength(1), 10_000);

    line.restore();

    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 25_000);
    expect(sink.mails.map(({ to }) => to[0]).sort()).toEqual(users.map(({ email }) => email).sort());
    expect(log.lines('warn'), 'one line for the whole outage').toHaveLength(1);
  });

  test('a mail that the server defers is kept, and the others go out in the meantime', async () => {
    const room = await openMailRoom(engine);
    const [greylisted, other] = [await room.addUser(), await room.addUser()];
    let tries = 0;
    const sink = await openSink({
      answer: (line) => (line.includes(greylisted.email) && ++tries < 2 ? '451 Later' : undefined),
    });
    for (const { email } of [greylisted, other]) await room.enqueue('RESET', email);
    room.startSender(smtpMailer(sink.url));

    await vi.waitFor(() => expect(sink.mails.map(({ to }) => to[0])).toEqual([other.email, greylisted.email]), 15_000);
  });

  test('a mail that the server rejects again and again is given up, with its id in the log and not its address', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const sink = await openSink({ answer: (line) => (/^RCPT/.test(line) ? `550 No ${user.email}` : undefined) });
    const [clock, log] = [movableClock(), keptLog()];
    const id = await room.enqueue('RESET', user.email);
    room.startSender(smtpMailer(sink.url), { clock, log });

    await vi.waitFor(
      async () => {
        if (await room.isIdle()) clock.advance(60_000);
        expect(await room.queued()).toBe(0);
      },
      { timeout: 15_000, interval: 100 },
    );

    expect(log.lines('warn')).toEqual([expect.stringContaining(id)]);
    expect(log.lines().join()).not.toContain(user.email);
  });

  test('a mail that the server has put off for three days is given up', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const sink = await openSink({ answer: (line) => (/^RCPT/.test(line) ? '450 Later' : undefined) });
    const clock = movableClock();
    const log = keptLog();
    const id = await room.enqueue('RESET', user.email);
    clock.advance(threeDays - 60_000);
    room.startSender(smtpMailer(sink.url), { clock, log });
    await vi.waitFor(
      async () => {
        if (await room.isIdle()) clock.advance(30_000);
        expect(await room.queued()).toBe(0);
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(log.lines('warn')).toEqual([expect.stringContaining(id)]);
    expect(sink.mails).toEqual([]);
  });

  test('a mail that an outage has held up for a week is sent', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const sink = await openSink();
    const clock = movableClock();
    await room.enqueue('RESET', user.email);
    clock.advance(7 * threeDays);
    room.startSender(smtpMailer(sink.url), { clock });
    await vi.waitFor(() => expect(sink.mails).toHaveLength(1), 10_000);
  });
});

test('however long an outage, the next attempt is less than half a minute away', () => {
  const waits = Array.from({ length: 2_000 }, (_, n) => outageWaitMs(n + 1));
  expect(waits.slice(0, 5)).toEqual([2_000, 4_000, 8_000, 16_000, 20_000]);
  expect(Math.max(...waits, deferralWaitMs(threeDays))).toBeLessThan(30_000);
});
