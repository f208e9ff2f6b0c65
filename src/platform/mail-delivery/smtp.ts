import { hostname } from 'node:os';
import { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import type { SMTPTransportGetSocket } from 'nodemailer/lib/smtp-transport';
import type { Delivery } from './delivery.js';
import { MailDeferred, MailRejected } from './delivery-error.js';
import { firstToBegin, type Try } from './first-to-begin.js';
import { composeMessage } from './message.js';
import { connectTo } from './smtp-connect.js';
import { deliveryErrorOf, type SmtpError } from './smtp-error.js';
import type { SmtpTimeouts } from './smtp-timeouts.js';

export interface SmtpSettings {
  /** `smtp://…` or `smtps://…`. */
  url: string;
  /** The header, and the address alone. */
  from: string;
  sender: string;
  timeouts: SmtpTimeouts;
}

/** Delivery by SMTP over connections that are used again. A mail that a connection dies under is not sent on another. */
export function smtpDelivery({ url, from, sender, timeouts }: SmtpSettings): Delivery {
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const closing = new AbortController();
  const getSocket: SMTPTransportGetSocket = (server, callback) => {
    connectTo(server, timeouts.connectMs, closing.signal).then(
      (connection) => callback(null, { connection, secured: server.secure === true }),
      (error) => callback(error),
    );
  };
  const transport = nodemailer.createTransport({ ...optionsFor(url, domain, timeouts), getSocket });
  const tries = new WeakMap<AbortSignal, Try>();
  transport.use('stream', ({ data, message }, done) => {
    const own = data.signal && tries.get(data.signal);
    message?.processFunc((content) => Readable.from(askedFor(content, own)));
    done();
  });
  return {
    async deliver(mail, signal) {
      const message = { envelope: { from: sender, to: [mail.to] }, raw: composeMessage(mail, from, domain) };
      const send = async (own: Try) => {
        tries.set(own.ending, own);
        await transport.sendMail({ ...message, signal: own.ending }).catch(throwDeliveryError);
      };
      await whileTimeLasts(timeouts.attemptMs, signal, (ending) =>
        firstToBegin(send, { everyMs: timeouts.probeMs, signal: ending, isFinal: isAboutThisMail }),
      );
    },
    async close() {
      closing.abort();
      transport.close({ force: true });
    },
  };
}

function optionsFor(url: string, domain: string, timeouts: SmtpTimeouts) {
  return {
    pool: true as const,
    url: allowedParameters(url),
    // Google's relay and others reject the literal address that nodemailer says where the machine has no full name.
    ...(hostname().includes('.') || !domain.includes('.') ? {} : { name: domain }),
    // How many mails are sent at once is decided by the caller.
    maxConnections: 100,
    // nodemailer's bound covers the greeting and STARTTLS, too; connecting itself is bounded in getSocket.
    connectionTimeout: timeouts.connectMs + 2 * timeouts.greetingMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    idleTimeout: 30_000,
    // For a connection that has died while it was idle; of the mail nothing has been sent then.
    maxRequeues: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
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

/** The message, which nodemailer begins to read when the server has asked for it. Of several connections one gets it. */
async function* askedFor(content: Readable, own: Try | undefined): AsyncGenerator<Buffer> {
  if (!own?.begin()) throw new Error('Another connection has the message.');
  yield* content;
}

/** Breaks the attempt off when its time is over or the caller's signal says so. */
async function whileTimeLasts(
  ms: number,
  signal: AbortSignal | undefined,
  attempt: (ending: AbortSignal) => Promise<void>,
): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  try {
    await attempt(signal ? AbortSignal.any([signal, late.signal]) : late.signal);
  } catch (error) {
    throw late.signal.aborted ? deliveryErrorOf({ timeoutType: 'ATTEMPT_TIMEOUT' }) : error;
  } finally {
    clearTimeout(timer);
  }
}

function throwDeliveryError(error: SmtpError): never {
  throw deliveryErrorOf(error);
}

function isAboutThisMail(error: unknown): boolean {
  return error instanceof MailRejected || error instanceof MailDeferred;
}
