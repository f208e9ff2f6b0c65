import { MailDeferred, MailerUnavailable, MailRejected } from './delivery-error.js';

/** What nodemailer tells of an error. Its message and `response` have the server's words in them. */
export interface SmtpError {
  /** nodemailer's own code, such as ESOCKET, or that of the system. */
  code?: string;
  /** The code of the system or of OpenSSL, where nodemailer has put its own in the place. */
  originalCode?: string;
  /** Which of its timeouts it was. */
  timeoutType?: string;
  /** The command that the server answered. */
  command?: string;
  responseCode?: number;
  response?: string;
}

/**
 * What an error means for the mail. Only an answer to RCPT TO or DATA is about this mail; an answer to anything else would
 * meet every mail.
 */
export function deliveryErrorOf(error: SmtpError): Error {
  const reason = reasonOf(error);
  const { command, responseCode } = error;
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA';
  if (!responseCode || !aboutThisMail || aboutTheSession.has(responseCode)) return new MailerUnavailable(reason);
  return responseCode >= 500 ? new MailRejected(reason) : new MailDeferred(reason);
}

/** 421: the server closes the connection; 503: the session was out of step; RFC 4954: it wants authentication first. */
const aboutTheSession = new Set([421, 503, 530, 534, 535, 538, 454]);

function reasonOf(error: SmtpError): string {
  const { code, originalCode = code, timeoutType, command } = error;
  const answer = answerOf(error);
  if (originalCode && certificateErrors.has(originalCode)) return `TLS certificate rejected: ${originalCode}`;
  if (code === 'EAUTH') return `authentication rejected: ${answer ?? 'no credentials that the server takes'}`;
  if (command === 'STARTTLS' && answer) return `STARTTLS rejected or not offered: ${answer}`;
  return answer ?? timeoutType ?? originalCode ?? 'UNKNOWN';
}

/** The server's codes, RFC 3463's enhanced one included: digits alone, so that nothing of an address can be in them. */
function answerOf({ responseCode, response = '' }: SmtpError): string | undefined {
  if (!responseCode) return undefined;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  return enhanced ? `SMTP ${responseCode} ${enhanced}` : `SMTP ${responseCode}`;
}

/** Node's codes of a certificate that it does not accept (its manual, tls, "X509 certificate error codes"). */
const certificateErrors = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CRL_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_HAS_EXPIRED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CRL_LAST_UPDATE_FIELD',
  'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
]);
