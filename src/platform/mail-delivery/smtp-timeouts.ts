/** How long a mail server may take, in milliseconds. */
export interface SmtpTimeouts {
  /** Finding the address, TCP, and TLS where it comes first. RFC 5321 sets no time for this. */
  connectMs: number;
  /** Each until it is there: the greeting; a TLS handshake after STARTTLS. */
  greetingMs: number;
  /** Silence, whatever is waited for. */
  silenceMs: number;
  /** When the server has not asked for the message by then, another connection is tried beside the first. */
  probeMs: number;
  /** One attempt at one mail as a whole, since an answer that trickles in is never silent. */
  attemptMs: number;
}

const minute = 60_000;

/**
 * RFC 5321, section 4.5.3.2, asks a client to wait at least: 5 minutes for the greeting, MAIL and RCPT, 2 for DATA, 3 for
 * a block of data, 10 for the answer to the mail. Who gives up earlier sends a mail again that was accepted. The silence
 * that is allowed is the longest of these, and an attempt may take their sum. A server that hung and answers again may
 * have forgotten the connections that it had: hence the probes, which make mails leave within the minute.
 */
export const smtpTimeouts: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 5 * minute,
  silenceMs: 10 * minute,
  probeMs: 30_000,
  attemptMs: 30 * minute,
};
