import { expect, test } from 'vitest';
import { selfSignedCertificate } from '../../support/certificate.js';
import { freePort } from '../../support/free-port.mjs';
import { openSink, smtpMailer } from './mail-room.js';

const mail = { id: 'mail-1', to: 'someone@example.com', subject: 'Hello', text: 'Hello' };
const mine = selfSignedCertificate('127.0.0.1');
const expired = selfSignedCertificate('127.0.0.1', new Date(Date.now() - 1_000));
const anothers = selfSignedCertificate('other.example');
const trusting = (pem: string) => `?tls.ca=${encodeURIComponent(pem)}`;

async function reasonOf(url: string): Promise<string> {
  const error = await smtpMailer(url, { connectMs: 10_000 })
    .send(mail)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'MailerUnavailable' });
  return (error as { reason: string }).reason;
}

test.each([
  ['is self-signed', mine, '', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['has expired', expired, '', 'CERT_HAS_EXPIRED'],
  ["is another host's", anothers, trusting(anothers.cert), 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('a certificate that %s, by smtps and by STARTTLS', async (_, certificate, parameters, code) => {
  const implicit = await openSink({ certificate });
  const upgraded = await openSink({ certificate, extensions: ['sink', 'STARTTLS'] });
  const reason = `TLS certificate rejected: ${code}`;
  expect(await reasonOf(implicit.url + parameters)).toBe(reason);
  expect(await reasonOf(upgraded.url + parameters)).toBe(reason);
  expect([...implicit.mails, ...upgraded.mails]).toEqual([]);
});

test('a certificate that SMTP_URL trusts, or says not to look at, is taken', async () => {
  const certificate = selfSignedCertificate('localhost');
  for (const extensions of [undefined, ['sink', 'STARTTLS']]) {
    const sink = await openSink({ certificate, ...(extensions && { extensions }) });
    const byName = sink.url.replace('127.0.0.1', 'localhost');
    await smtpMailer(byName + trusting(certificate.cert)).send(mail);
    await smtpMailer(`${sink.url}?tls.rejectUnauthorized=false`).send(mail);
    expect(sink.mails).toHaveLength(2);
  }
});

test('STARTTLS that is required and not offered', async () => {
  const sink = await openSink();
  expect(await reasonOf(`${sink.url}?requireTLS=true`)).toBe('STARTTLS rejected or not offered: SMTP 502');
  expect(sink.mails).toEqual([]);
});

test('TLS to a port that speaks none', async () => {
  const sink = await openSink();
  expect(await reasonOf(sink.url.replace('smtp:', 'smtps:'))).toMatch(/^ERR_SSL_/);
});

test('a user name or password that is rejected, without the words of the server', async () => {
  const answer = (line: string) => (line.startsWith('AUTH') ? '535 5.7.8 No someone@example.com' : undefined);
  const sink = await openSink({ extensions: ['sink', 'AUTH PLAIN'], answer });
  expect(await reasonOf(sink.url.replace('://', '://user:wrong@'))).toBe('authentication rejected: SMTP 535 5.7.8');
});

test('a host that has no address, and a port that nothing listens on', async () => {
  expect(await reasonOf('smtp://mail.invalid')).toMatch(/^(ENOTFOUND|EAI_AGAIN|CONNECT_TIMEOUT)$/);
  expect(await reasonOf(`smtp://127.0.0.1:${await freePort()}`)).toBe('ECONNREFUSED');
  expect(await reasonOf(`smtp://[::1]:${await freePort()}`)).toMatch(/^E(CONNREFUSED|ADDRNOTAVAIL|AFNOSUPPORT)$/);
});
