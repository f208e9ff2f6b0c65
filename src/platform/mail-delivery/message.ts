import MimeNode from 'nodemailer/lib/mime-node';
import type { Mail } from './delivery.js';

/**
 * The message as it travels. nodemailer itself would put a text with a line over 76 characters into quoted-printable,
 * which cuts links and writes `=` as `=3D`; SMTP allows lines of 998 characters, so we say 7bit and send it as it is.
 * A part in HTML goes in here, beside the text.
 */
export function composeMessage(mail: Mail, from: string, domain: string): string {
  const head = new MimeNode('text/plain; charset=us-ascii');
  head.setHeader({
    From: from,
    To: { name: '', address: mail.to },
    Subject: mail.subject,
    'Message-ID': `<${mail.id}@${domain}>`,
    // RFC 3834: no automatic reply is sent to it.
    'Auto-Submitted': 'auto-generated',
    'Content-Transfer-Encoding': '7bit',
  });
  return `${head.buildHeaders()}\r\n\r\n${mail.text.replaceAll('\n', '\r\n')}`;
}
