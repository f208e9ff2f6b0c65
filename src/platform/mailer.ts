import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import nodemailer from 'nodemailer';
import MimeNode from 'nodemailer/lib/mime-node';

/** A mail to one recipient. `id` is the same at every attempt, so that a mailbox can tell a repetition. */
export interface Mail {
  id: string;
  to: string;
  subject: string;
  /** ASCII, lines of at most 998 characters: it travels as it is, so that a link stays in one piece. */
  text: string;
}

export interface Mailer {
  /**
   * Resolves when the mail server (or the disk) has taken the mail, within 20 s. Throws `MailerUnavailable`,
   * `MailDeferred` or `MailRejected`; the server may have taken a mail that was answered by the first.
   */
  send(mail: Mail): Promise<void>;
  /** Breaks off what is still being sent. */
  close(): Promise<void>;
}

export interface MailLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface MailerOptions {
  /** `smtp://…` or `smtps://…`; null: each mail becomes a file in `mailDir`. */
  smtpUrl: string | null;
  /** An address, with or without a name before it in angle brackets. */
  from: string;
  mailDir: string;
  log: MailLog;
}

/**
 * Nothing is wrong with this mail, but none can be sent now. `reason` is a code, never the server's words: those may
 * repeat the address. The same goes for the errors below, which for that reason have no cause either.
 */
export class MailerUnavailable extends Error {
  override readonly name = 'MailerUnavailable';
  constructor(readonly reason: string) {
    super(`No mail can be sent now: ${reason}.`);
  }
}

/** The server answers, but takes this mail only later (greylisting, a full mailbox). */
export class MailDeferred extends Error {
  override readonly name = 'MailDeferred';
  constructor(readonly reason: string) {
    super(`The mail is to be sent later: ${reason}.`);
  }
}

/** The server, or a rule of ours, refuses this mail. */
export class MailRejected extends Error {
  override readonly name = 'MailRejected';
  constructor(readonly reason: string) {
    super(`The mail is refused: ${reason}.`);
  }
}

const attemptMs = 20_000;
const maxLineLength = 998;

// nodemailer reads `a@b\r\nBcc: x@evil` or `a@b, x@evil` as two recipients, so nothing but a bare address gets there.
const bareAddress = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,252}@[a-z0-9.-]{1,252}$/i;
const controlCharacter = /\p{Cc}/u;

/** A mailer by SMTP, or into files where there is no SMTP server. Throws where `from` has no address. */
export function createMailer({ smtpUrl, from, mailDir, log }: MailerOptions): Mailer {
  const sender = addressIn(from);
  const { deliver, close } = smtpUrl === null ? fileDelivery(mailDir, from, log) : smtpDelivery(smtpUrl, from, sender);
  return {
    async send(mail) {
      refuseUnsafe(mail);
      await deliver(mail);
    },
    close,
  };
}

interface Delivery {
  deliver(mail: Mail): Promise<void>;
  close(): Promise<void>;
}

function refuseUnsafe({ to, subject, text }: Mail): void {
  if (to.length > 254 || !bareAddress.test(to)) throw new MailRejected('ADDRESS');
  if (controlCharacter.test(subject)) throw new MailRejected('SUBJECT');
  if (!travelsAsItIs(text)) throw new MailRejected('TEXT');
}

function travelsAsItIs(text: string): boolean {
  return /^[\n\x20-\x7e]*$/.test(text) && text.split('\n').every((line) => line.length <= maxLineLength);
}

function addressIn(from: string): string {
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from.trim();
  if (!bareAddress.test(address) || controlCharacter.test(from)) throw new Error('The sender of mails has no address.');
  return address;
}

// --- SMTP

function smtpDelivery(smtpUrl: string, from: string, sender: string): Delivery {
  const transport = nodemailer.createTransport({
    pool: true,
    url: allowedParameters(smtpUrl),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    dnsTimeout: 5_000,
    socketTimeout: 15_000,
    idleTimeout: 30_000,
    maxRequeues: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async deliver(mail) {
      const envelope = { from: sender, to: [mail.to] };
      const raw = compose(mail, from, sender);
      // The phases have time-outs of their own; a server that trickles its answers is stopped by the signal alone.
      const signal = AbortSignal.timeout(attemptMs);
      await transport.sendMail({ envelope, raw, signal }).catch((error: unknown) => {
        throw judge(error as SmtpFault);
      });
    },
    async close() {
      transport.close({ force: true });
    },
  };
}

/** The URL's parameters win over our options, and `logger` or `debug` would print whole mails: only these are let through. */
function allowedParameters(smtpUrl: string): string {
  const url = new URL(smtpUrl);
  for (const name of [...url.searchParams.keys()]) {
    if (!name.startsWith('tls.') && !['requireTLS', 'ignoreTLS', 'name', 'authMethod'].includes(name)) {
      url.searchParams.delete(name);
    }
  }
  return url.href;
}

/**
 * The message as it travels. nodemailer itself would put a text with a line over 76 characters into quoted-printable,
 * which cuts links and writes `=` as `=3D`; SMTP allows lines of 998 characters, so we say 7bit and send it as it is.
 */
function compose(mail: Mail, from: string, sender: string): string {
  const head = new MimeNode('text/plain; charset=us-ascii');
  head.setHeader({
    From: from,
    To: { name: '', address: mail.to },
    Subject: mail.subject,
    'Message-ID': `<${mail.id}@${sender.slice(sender.lastIndexOf('@') + 1)}>`,
    // RFC 3834: nobody's holiday notice answers it.
    'Auto-Submitted': 'auto-generated',
    'Content-Transfer-Encoding': '7bit',
  });
  return `${head.buildHeaders()}\r\n\r\n${mail.text.replaceAll('\n', '\r\n')}`;
}

interface SmtpFault {
  /** nodemailer's own word, such as ESOCKET. */
  code?: string;
  /** The system's number of what went wrong, where it was the system. */
  errno?: number;
  responseCode?: number;
  command?: string;
}

/** Only an answer to RCPT TO or DATA is about this mail; an answer to anything else would meet every mail. */
function judge({ code, errno, responseCode, command }: SmtpFault): Error {
  const trouble = typeof errno === 'number' ? getSystemErrorName(errno) : (code ?? 'UNKNOWN');
  const reason = responseCode ? `SMTP ${responseCode}` : trouble;
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA';
  // 421: the server closes the connection; 503: the session was out of step.
  if (!responseCode || !aboutThisMail || responseCode === 421 || responseCode === 503)
    return new MailerUnavailable(reason);
  return responseCode >= 500 ? new MailRejected(reason) : new MailDeferred(reason);
}

// --- Files

function fileDelivery(mailDir: string, from: string, log: MailLog): Delivery {
  return {
    async deliver(mail) {
      const now = new Date();
      const file = join(mailDir, `${now.toISOString().replaceAll(':', '-')}-${mail.id}.eml`);
      const head = `From: ${from}\nTo: ${mail.to}\nSubject: ${mail.subject}\nDate: ${now.toUTCString()}\n`;
      await writeWhole(mailDir, file, `${head}\n${mail.text}`).catch((error: NodeJS.ErrnoException) => {
        throw new MailerUnavailable(error.code ?? error.name);
      });
      log.info({ file }, 'No SMTP_URL is set: the mail was written to a file');
    },
    async close() {},
  };
}

/** The file is there as a whole or not at all, and only its owner can read it: the link in it opens an account. */
async function writeWhole(folder: string, file: string, content: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(unfinished, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}
