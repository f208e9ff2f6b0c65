import { describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../../src/platform/digest.js';
import { engines } from '../../support/databases.js';
import { openMailRoom, openSink, smtpMailer } from './mail-room.js';

const mail = { id: 'mail-1', to: 'someone@example.com', subject: 'Hello', text: 'Hello' };

test('a connection is used again, and one that died while it was idle is replaced', async () => {
  const sink = await openSink();
  const mailer = smtpMailer(sink.url);
  for (const id of ['a', 'b']) await mailer.send({ ...mail, id });
  expect(sink.connections()).toBe(1);

  sink.disconnect();
  await mailer.send({ ...mail, id: 'c' });

  expect(sink.connections()).toBe(2);
  expect(sink.mails.map(({ data }) => /^Message-ID: <(.*)@/m.exec(data)?.[1])).toEqual(['a', 'b', 'c']);
});

test('a rejected mail does not keep the next one from being sent', async () => {
  const sink = await openSink({ answer: (line) => (line.includes('unknown@') ? '550 5.1.1 Unknown' : undefined) });
  const mailer = smtpMailer(sink.url);
  await expect(mailer.send({ ...mail, to: 'unknown@example.com' })).rejects.toMatchObject({
    name: 'MailRejected',
    reason: 'SMTP 550 5.1.1',
  });
  await mailer.send(mail);
  expect(sink.mails).toHaveLength(1);
});

test.each([
  ['421 4.3.2 Closing', 'MailerUnavailable', 'SMTP 421 4.3.2'],
  ['451 4.7.1 Later', 'MailDeferred', 'SMTP 451 4.7.1'],
  ['554 5.7.1 Spam', 'MailRejected', 'SMTP 554 5.7.1'],
])('a whole mail answered with %s is a %s, and is not sent again by the mailer', async (answer, name, reason) => {
  const sink = await openSink({ take: async () => `${answer} someone@example.com` });
  await expect(smtpMailer(sink.url).send(mail)).rejects.toMatchObject({ name, reason });
  expect(sink.mails).toHaveLength(1);
});

describe.each(engines)('on %s', (engine) => {
  test('a mail whose answer was lost is sent again under the same Message-ID, and the links of both work', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    let answers = 0;
    const sink = await openSink({ take: async () => (++answers === 1 ? null : undefined) });
    const mailId = await room.enqueue('RESET', user.email);
    room.startSender(smtpMailer(sink.url));

    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 15_000);

    expect(sink.mails).toHaveLength(2);
    const tokens = sink.mails.map(({ data }) => /#token=(\S+)/.exec(data)?.[1] ?? '');
    for (const { data } of sink.mails) expect(data).toContain(`Message-ID: <${mailId}@example.com>`);
    const owners = tokens.map((token) => room.mailTokens.find(sha256(token), 'RESET', new Date()));
    expect(await Promise.all(owners)).toEqual([user.id, user.id]);
  });
});
