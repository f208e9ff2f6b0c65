import { isEmailAddress } from './email-address.js';
import type { Delivery, Mail, MailLog } from './mail-delivery/delivery.js';
import { MailRejected } from './mail-delivery/delivery-error.js';
import { fileDelivery } from './mail-delivery/files.js';
import { smtpDelivery } from './mail-delivery/smtp.js';
import { type SmtpTimeouts, smtpTimeouts } from './mail-delivery/smtp-timeouts.js';

export interface Mailer {
  /**
   * Resolves when the mail server (or the disk) has taken the mail, which may take it many minutes (smtp-timeouts.ts);
   * the signal breaks the attempt off. Throws `MailerUnavailable`, `MailDeferred` or `MailRejected`; the server may have
   * accepted a mail that ended in the first.
   */
  send(mail: Mail, signal?: AbortSignal): Promise<void>;
  /** Breaks off what is still being sent. */
  close(): Promise<void>;
}

export interface MailerOptions {
  /** `smtp://…` or `smtps://…`; null: each mail becomes a file in `mailDir`. */
  smtpUrl: string | null;
  /** An address, with or without a name before it in angle brackets. */
  from: string;
  mailDir: string;
  log: MailLog;
  /** Other than RFC 5321's only in tests. */
  timeouts?: SmtpTimeouts;
}

const maxLineLength = 998;

const controlCharacter = /\p{Cc}/u;

/** A mailer by SMTP, or into files where there is no SMTP server. Throws where `from` has no address. */
export function createMailer(options: MailerOptions): Mailer {
  const { deliver, close } = deliveryFor(options);
  return {
    async send(mail, signal) {
      rejectUnsafe(mail);
      await deliver(mail, signal);
    },
    close,
  };
}

function deliveryFor({ smtpUrl, from, mailDir, log, timeouts = smtpTimeouts }: MailerOptions): Delivery {
  const sender = addressIn(from);
  if (smtpUrl === null) return fileDelivery(mailDir, from, log);
  return smtpDelivery({ url: smtpUrl, from, sender, timeouts });
}

function addressIn(from: string): string {
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from.trim();
  if (!isEmailAddress(address) || controlCharacter.test(from)) throw new Error('The sender of mails has no address.');
  return address;
}

function rejectUnsafe({ to, subject, text }: Mail): void {
  // nodemailer reads `a@b\r\nBcc: x@evil` or `a@b, x@evil` as two recipients.
  if (!isEmailAddress(to)) throw new MailRejected('ADDRESS');
  if (controlCharacter.test(subject)) throw new MailRejected('SUBJECT');
  if (!travelsAsItIs(text)) throw new MailRejected('TEXT');
}

function travelsAsItIs(text: string): boolean {
  return /^[\n\x20-\x7e]*$/.test(text) && text.split('\n').every((line) => line.length <= maxLineLength);
}
