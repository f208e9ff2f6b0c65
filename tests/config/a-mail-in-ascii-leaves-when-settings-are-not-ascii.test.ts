import { expect, test } from 'vitest';
import { afterwards } from '../support/cleanup.js';
import { startLatchkey } from '../support/latchkey.js';
import { startSmtpSink } from '../support/smtp-sink.js';

test('APP_URL and MAIL_FROM with an umlaut: the mail is ASCII and its link has the host and path in ASCII', async () => {
  const sink = await startSmtpSink();
  afterwards(() => sink.close());
  await using latchkey = await startLatchkey('sqlite', {
    SMTP_URL: sink.url,
    APP_URL: 'https://münchen.example/straße/',
    MAIL_FROM: 'Zoë <id@münchen.example>',
  });
  await latchkey.newAccount();
  await expect.poll(() => sink.mails).toHaveLength(1);
  const [mail] = sink.mails;
  expect(mail?.from).toBe('id@xn--mnchen-3ya.example');
  expect(mail?.data).toMatch(/^From: =\?UTF-8\?\S+\?= <id@xn--mnchen-3ya\.example>\r$/m);
  expect(mail?.data).toMatch(/^https:\/\/xn--mnchen-3ya\.example\/stra%C3%9Fe\/verify-email#token=[\w-]{43}\r$/m);
  expect(mail?.data).toMatch(/^\p{ASCII}*$/u);
});
