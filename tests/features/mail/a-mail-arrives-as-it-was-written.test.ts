import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { verificationMail } from '../../../src/features/email/email-verification.mail.js';
import type { MailKind } from '../../../src/features/mail/mail-kind.js';
import { writeMail } from '../../../src/features/mail/mail-text.js';
import { passwordResetMail } from '../../../src/features/password/password-reset.mail.js';
import { randomSecret } from '../../../src/platform/digest.js';
import { MailDeferred, MailerUnavailable, MailRejected } from '../../../src/platform/mail-delivery/delivery-error.js';
import { createMailer } from '../../../src/platform/mailer.js';
import { fileMailer, keptLog, openSink, smtpMailer } from './mail-room.js';

const appUrl = 'https://accounts.a-rather-long-name-of-a-company.example.com/some/where';
const letter = (to = 'someone@example.com') => ({
  id: 'mail-1',
  to,
  ...writeMail(passwordResetMail, {}, appUrl, randomSecret()),
});
const linkIn = (text: string) => /^https:.*$/m.exec(text)?.[0] ?? 'no link';

test('the link is where the contract says', () => {
  const linkOf = (kind: MailKind) => linkIn(writeMail(kind, {}, 'https://app.example.com', 'T').text);
  expect(linkOf(passwordResetMail)).toBe('https://app.example.com/reset-password#token=T');
  expect(linkOf(verificationMail)).toBe('https://app.example.com/verify-email#token=T');
});

test('by SMTP the link stays in one piece, in the clear, and the headers are what they should be', async () => {
  const sink = await openSink();
  const mail = letter();

  await smtpMailer(sink.url).send(mail);

  const [received] = sink.mails;
  expect(received).toMatchObject({ from: 'no-reply@example.com', to: ['someone@example.com'] });
  const [head = '', ...paragraphs] = received?.data.split('\r\n\r\n') ?? [];
  const body = paragraphs.join('\r\n\r\n');
  expect(body).toBe(mail.text.replaceAll('\n', '\r\n'));
  expect(body).toContain(`\r\n${linkIn(mail.text)}\r\n`);
  expect(head.split('\r\n')).toEqual(
    expect.arrayContaining([
      'From: Latchkey <no-reply@example.com>',
      'To: someone@example.com',
      'Subject: Reset your password',
      'Message-ID: <mail-1@example.com>',
      'Content-Transfer-Encoding: 7bit',
      'MIME-Version: 1.0',
      expect.stringMatching(/^Date: /),
    ]),
  );
});

test('the server is greeted by a full host name, which is the domain of the sender where the machine has none', async () => {
  const sink = await openSink();
  await smtpMailer(sink.url).send(letter());
  expect(sink.asked()[0]).toBe(`EHLO ${hostname().includes('.') ? hostname() : 'example.com'}`);
  await smtpMailer(`${sink.url}?name=here.example.org`).send(letter());
  expect(sink.asked()).toContain('EHLO here.example.org');
});

test('without SMTP each mail is a file for its owner alone, with the text as written; the log names the file only', async () => {
  const { mailer, mailDir, log } = await fileMailer();
  const mail = letter();

  await mailer.send(mail);

  const [name = '', ...others] = await readdir(mailDir);
  expect(others).toEqual([]);
  const content = await readFile(`${mailDir}/${name}`, 'utf8');
  expect(content).toContain('To: someone@example.com\nSubject: Reset your password\nDate: ');
  expect(content.endsWith(`\n\n${mail.text}`)).toBe(true);
  expect((await stat(`${mailDir}/${name}`)).mode & 0o777).toBe(0o600);
  expect((await stat(mailDir)).mode & 0o777).toBe(0o700);
  expect(log.lines()).toEqual([expect.stringContaining(name)]);
  expect(log.lines().join()).not.toMatch(/token|someone|reset/i);
});

test.each([
  'someone@example.com\r\nBcc: other@evil.example',
  'someone@example.com, other@evil.example',
  'someone@example.com other@evil.example',
  'Someone <someone@example.com>',
  '"some one"@example.com',
  'someone@example.com\n',
  'someone@exa\u0000mple.com',
  'someone',
  '',
])('an address that is not a bare one is rejected: %j', async (to) => {
  const sink = await openSink();
  const { mailer, mailDir } = await fileMailer();

  await expect(smtpMailer(sink.url).send(letter(to))).rejects.toThrow(MailRejected);
  await expect(mailer.send(letter(to))).rejects.toThrow(MailRejected);

  expect(sink.mails).toEqual([]);
  await expect(readdir(mailDir)).rejects.toThrow('ENOENT');
});

test('a subject with a line break is rejected, and so is a text that could not travel as it is', async () => {
  const sink = await openSink();
  const mailer = smtpMailer(sink.url);
  for (const part of [{ subject: 'Hi\r\nBcc: a@b.c' }, { text: 'x'.repeat(999) }, { text: 'Grüße' }]) {
    await expect(mailer.send({ ...letter(), ...part })).rejects.toThrow(MailRejected);
  }
  expect(sink.mails).toEqual([]);
});

test.each(['Latchkey', 'a@b, c@d', 'Latchkey <a@b>\r\nBcc: x@y <z@z>'])(
  'a sender without one address is rejected: %j',
  (from) => {
    expect(() => createMailer({ smtpUrl: null, from, mailDir: '', log: keptLog() })).toThrow('no address');
  },
);

test.each([
  ['RCPT TO', '550 Unknown', MailRejected],
  ['RCPT TO', '451 Greylisted', MailDeferred],
  ['DATA', '554 Spam', MailRejected],
  ['DATA', '421 Closing', MailerUnavailable],
  ['MAIL FROM', '530 Authenticate first', MailerUnavailable],
  ['RCPT TO', '530 5.7.0 Authenticate first', MailerUnavailable],
  ['RCPT TO', '452 4.2.2 Mailbox full', MailDeferred],
  ['EHLO', '421 Not now', MailerUnavailable],
])(
  '%s answered with %s: the error says whether it is about this mail or about the server',
  async (command, reply, kind) => {
    const sink = await openSink({
      answer: (line) => (line.startsWith(command) ? `${reply} someone@example.com` : undefined),
    });

    const error = await smtpMailer(sink.url)
      .send(letter())
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(kind);
    expect(String(error), 'the words of the server are not repeated').not.toContain('someone');
  },
);

test('parameters of SMTP_URL cannot turn on a log of whole mails', async () => {
  const sink = await openSink();
  const printed: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((text: string) => printed.push(text) > 0) as typeof write;
  try {
    await smtpMailer(`${sink.url}/?logger=true&debug=true&transactionLog=true`).send(letter());
  } finally {
    process.stdout.write = write;
  }
  expect(sink.mails).toHaveLength(1);
  expect(printed.join()).toBe('');
});

test('a folder that cannot be made is an outage, and no reason to give the mail up', async () => {
  const { mailer, mailDir } = await fileMailer();
  await writeFile(mailDir, 'a file in its place');
  await expect(mailer.send(letter())).rejects.toThrow(MailerUnavailable);
});
