import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { smtpTimeouts } from '../../../src/platform/mail-delivery/smtp-timeouts.js';
import { afterwards } from '../../support/cleanup.js';
import { engines } from '../../support/databases.js';
import type { SmtpSinkOptions } from '../../support/smtp-sink.js';
import { keptLog, movableClock, openMailRoom, openSink, smtpMailer } from './mail-room.js';

const mail = { id: 'mail-1', to: 'someone@example.com', subject: 'Hello', text: 'Hello' };
const minute = 60_000;

/** Something that a test lets go. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined);
  });
  return { open, opened };
}

async function errorOf(sending: Promise<void>): Promise<string> {
  return sending.then(
    () => 'sent',
    (error: unknown) => String(error),
  );
}

describe.each(engines)('on %s', (engine) => {
  test('a mail that the server takes after several claims would have ended is sent by one node, once', async () => {
    const [here, clock] = [await openMailRoom(engine), movableClock()];
    const there = await openMailRoom(engine, here.url);
    const taken = gate();
    const sink = await openSink({ take: () => taken.opened });
    const user = await here.addUser();
    await here.enqueue('RESET', user.email);
    for (const room of [here, there]) {
      room.startSender(smtpMailer(sink.url), { clock, limits: { renewClaimMs: 50 } });
    }
    await vi.waitFor(() => expect(sink.mails).toHaveLength(1), 10_000);

    for (let n = 0; n < 5; n++) {
      clock.advance(20_000);
      const renewed = async () => expect(await claimedFor(here, clock.now())).toBeGreaterThan(20_000);
      await vi.waitFor(renewed, 10_000);
    }
    taken.open();

    await vi.waitFor(async () => expect(await here.queued()).toBe(0), 10_000);
    expect(sink.mails).toHaveLength(1);
  });

  test('mails that the server takes slowly hold up no others, and the log names them', async () => {
    const room = await openMailRoom(engine);
    const [taken, log] = [gate(), keptLog()];
    const slow = await Promise.all(Array.from({ length: 7 }, () => room.addUser()));
    const quick = await room.addUser();
    const isQuick = ({ to }: { to: string[] }) => to[0] === quick.email;
    const sink = await openSink({ take: async (whole) => (isQuick(whole) ? undefined : taken.opened) });
    const slowIds: string[] = [];
    for (const { email } of slow) slowIds.push(await room.enqueue('RESET', email));
    await room.enqueue('RESET', quick.email);

    room.startSender(smtpMailer(sink.url), { log, limits: { slowAfterMs: 300 } });

    await vi.waitFor(async () => expect(await room.queued()).toBe(7), 10_000);
    expect(sink.mails.some(isQuick)).toBe(true);
    for (const id of slowIds) await vi.waitFor(() => expect(log.lines('warn').join()).toContain(id), 10_000);
    taken.open();
    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);
    expect(sink.mails).toHaveLength(8);
  });

  test('a mail that is voided while the server keeps it waiting is not sent', async () => {
    const room = await openMailRoom(engine);
    const [greeting, greeted] = [gate(), gate()];
    const sink = await openSink({
      greet: () => {
        greeted.open();
        return greeting.opened;
      },
    });
    const user = await room.addUser();
    await room.enqueue('RESET', user.email);
    const mailer = smtpMailer(sink.url);
    const send = vi.spyOn(mailer, 'send');
    room.startSender(mailer, { limits: { renewClaimMs: 50 } });
    await greeted.opened;

    await room.voidMails(user, 'RESET');

    await vi.waitFor(() => expect(send.mock.settledResults[0]?.type).toBe('rejected'), 10_000);
    greeting.open();
    expect(sink.mails).toEqual([]);
  });

  test('a sender that is stopped breaks off a mail that is not taken in time, and gives it back', async () => {
    const room = await openMailRoom(engine);
    const sink = await openSink({ take: () => gate().opened });
    const log = keptLog();
    const user = await room.addUser();
    await room.enqueue('RESET', user.email);
    const sender = room.startSender(smtpMailer(sink.url), { log, limits: { drainMs: 100 } });
    await vi.waitFor(() => expect(sink.mails).toHaveLength(1), 10_000);

    await sender.stop();

    const rows = await room.db.read((client) => client.outboxMail.findMany());
    expect(rows).toMatchObject([{ email: user.email, rejections: 0, claimedBy: null, claimedUntil: null }]);
    expect(log.lines(), 'to be stopped is no outage').toEqual([]);
  });
});

async function claimedFor(room: Awaited<ReturnType<typeof openMailRoom>>, now: Date): Promise<number> {
  const row = await room.db.read((client) => client.outboxMail.findFirstOrThrow());
  return (row.claimedUntil?.getTime() ?? 0) - now.getTime();
}

test('the timeouts are no shorter than those of RFC 5321, section 4.5.3.2', () => {
  const { greetingMs, silenceMs, attemptMs } = smtpTimeouts;
  expect(greetingMs, 'the greeting').toBeGreaterThanOrEqual(5 * minute);
  expect(silenceMs, 'the answer to the mail, the longest of all waits').toBeGreaterThanOrEqual(10 * minute);
  expect(attemptMs, 'the sum').toBeGreaterThanOrEqual((5 + 5 + 5 + 2 + 3 + 10) * minute);
});

test('a server that greets late and takes the mail late is waited for', async () => {
  // As long as nodemailer's bound for connecting, were it not extended by that for the greeting.
  const late = (ms: number) => () => new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined));
  const sink = await openSink({ greet: late(900), take: late(900) });
  await smtpMailer(sink.url, { connectMs: 600, greetingMs: 20_000, silenceMs: 20_000 }).send(mail);
  expect(sink.mails).toHaveLength(1);
});

const never: SmtpSinkOptions['greet'] = () => gate().opened;

test.each([
  ['that never greets', { greet: never }, { greetingMs: 300 }, 'GREETING_TIMEOUT'],
  [
    'that never answers MAIL',
    { answer: (line: string) => (/^MAIL/.test(line) ? null : undefined) },
    { silenceMs: 300 },
    'SOCKET_TIMEOUT',
  ],
  ['that never answers the mail', { take: never }, { silenceMs: 300 }, 'SOCKET_TIMEOUT'],
])('a server %s is given up after its time', async (_, behaviour, timeouts, reason) => {
  const sink = await openSink(behaviour);
  const mailer = smtpMailer(sink.url, timeouts);
  expect(await errorOf(mailer.send(mail))).toBe(`MailerUnavailable: No mail can be sent now: ${reason}.`);
});

test('a mail leaves by another connection where the server answers again but has forgotten the first', async () => {
  let connections = 0;
  const sink = await openSink({ greet: () => (++connections <= 2 ? gate().opened : Promise.resolve(undefined)) });
  await smtpMailer(sink.url, { probeMs: 200 }).send(mail);
  expect([sink.mails.length, sink.connections()]).toEqual([1, 3]);
});

test('a server that greets later than another connection is tried gets the mail by the first, once', async () => {
  const greetings = [gate(), gate(), gate()];
  let connections = 0;
  const sink = await openSink({ greet: () => greetings[connections++]?.opened ?? gate().opened });
  const sent = smtpMailer(sink.url, { probeMs: 200 }).send(mail);
  await vi.waitFor(() => expect(sink.connections()).toBeGreaterThan(1), 10_000);
  greetings[0]?.open();
  await sent;
  expect(sink.mails).toHaveLength(1);
});

test('connections that are greeted at one time get the mail once', async () => {
  const greeting = gate();
  const sink = await openSink({ greet: () => greeting.opened });
  const mailer = smtpMailer(sink.url, { probeMs: 200 });
  const sent = Array.from({ length: 10 }, (_, n) => mailer.send({ ...mail, id: `mail-${n}` }));
  await vi.waitFor(() => expect(sink.connections()).toBeGreaterThan(10), 10_000);
  greeting.open();
  await Promise.all(sent);
  const ids = sink.mails.map(({ data }) => /^Message-ID: <(.*)@/m.exec(data)?.[1]);
  expect(ids.sort()).toEqual(Array.from({ length: 10 }, (_, n) => `mail-${n}`));
});

test('a rejection over a later connection decides', async () => {
  let connections = 0;
  const sink = await openSink({
    greet: () => (++connections === 1 ? gate().opened : Promise.resolve(undefined)),
    answer: (line) => (/^RCPT/.test(line) ? '550 No' : undefined),
  });
  expect(await errorOf(smtpMailer(sink.url, { probeMs: 200 }).send(mail))).toContain('MailRejected');
});

test('a server that trickles its answer is given up when the time of the attempt is over', async () => {
  const server = createServer((socket) => {
    const timer = setInterval(() => socket.write('2'), 20);
    socket.on('error', () => {}).on('close', () => clearInterval(timer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => server.close());
  const { port } = server.address() as { port: number };
  const mailer = smtpMailer(`smtp://127.0.0.1:${port}`, { attemptMs: 500, silenceMs: 20_000 });
  expect(await errorOf(mailer.send(mail))).toContain('ATTEMPT_TIMEOUT');
});

test('connecting, TLS included, has a short time of its own', async () => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  afterwards(() => silent.close());
  const { port } = silent.address() as { port: number };
  const mailer = smtpMailer(`smtps://127.0.0.1:${port}`, { connectMs: 300 });
  expect(await errorOf(mailer.send(mail))).toContain('CONNECT_TIMEOUT');
});

test('closing the mailer breaks off what it is sending, also while it connects', async () => {
  const sink = await openSink({ take: never });
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  afterwards(() => silent.close());
  const { port } = silent.address() as { port: number };
  const mailers = [smtpMailer(sink.url), smtpMailer(`smtps://127.0.0.1:${port}`)];
  const outcomes = mailers.map((mailer) => errorOf(mailer.send(mail)));
  await vi.waitFor(() => expect(sink.mails).toHaveLength(1), 10_000);
  for (const mailer of mailers) await mailer.close();
  for (const outcome of await Promise.all(outcomes)) expect(outcome).toContain('MailerUnavailable');
});
