import { describe, expect, test, vi } from 'vitest';
import { MailerUnavailable } from '../../../src/platform/mail-delivery/delivery-error.js';
import type { Mailer } from '../../../src/platform/mailer.js';
import { engines } from '../../support/databases.js';
import { movableClock, openMailRoom, openSink, smtpMailer } from './mail-room.js';

describe.each(engines)('on %s', (engine) => {
  /** A sender is told to stop while its mailer has a mail that is not answered yet. */
  async function stopWhileSending() {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    await room.enqueue('RESET', user.email);
    const { mailer, asked, answer } = slowMailer();
    const sender = room.startSender(mailer);
    await vi.waitFor(() => expect(asked).toHaveBeenCalled(), 10_000);
    return { room, user, answer, stopped: sender.stop() };
  }

  test('a mail whose sender died is sent when the claim has run out, and not before', async () => {
    const room = await openMailRoom(engine);
    const [user, other] = [await room.addUser(), await room.addUser()];
    const sink = await openSink();
    const clock = movableClock();
    const id = await room.enqueue('RESET', user.email);
    const killed = { claimId: 'killed', now: clock.now() };
    await room.outbox.claim({ ...killed, limit: 1, kinds: ['RESET'] });
    await room.mailTokens.issue({ ...killed, mailId: id, userId: user.id, kind: 'RESET', lifetimeMs: 60_000 });

    room.startSender(smtpMailer(sink.url), { clock });
    await room.enqueue('RESET', other.email);
    await vi.waitFor(async () => expect(await room.queued()).toBe(1), 10_000);
    expect(sink.mails.map(({ to }) => to[0])).toEqual([other.email]);
    clock.advance(31_000);

    await vi.waitFor(() => expect(sink.mails.map(({ to }) => to[0])).toEqual([other.email, user.email]), 10_000);
    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);
  });

  test('a sender that is stopped finishes the mail that is being sent', async () => {
    const { room, answer, stopped } = await stopWhileSending();
    answer();
    await stopped;

    expect(await room.queued()).toBe(0);
  });

  test('an attempt that failed leaves the mail queued and unclaimed', async () => {
    const { room, user, answer, stopped } = await stopWhileSending();
    answer(new MailerUnavailable('ECONNREFUSED'));
    await stopped;

    const rows = await room.db.read((client) => client.outboxMail.findMany());
    expect(rows).toMatchObject([{ email: user.email, rejections: 0, claimedBy: null, claimedUntil: null }]);
  });
});

/** A mailer that a test answers for. */
function slowMailer() {
  let answer: (error?: Error) => void = () => {};
  const answered = new Promise<void>((resolve, reject) => {
    answer = (error) => (error ? reject(error) : resolve());
  });
  const asked = vi.fn(() => answered);
  const mailer: Mailer = { send: asked, async close() {} };
  return { mailer, asked, answer };
}
