/** What Latchkey mails: links that carry a token. */
export const mailKinds = ['RESET', 'VERIFICATION'] as const;
export type MailKind = (typeof mailKinds)[number];

/** A mail that is owed to an address, whether or not an account has it. */
export interface MailRequest {
  kind: MailKind;
  /** As normalised: accounts are looked up by it. */
  email: string;
  now: Date;
}

const second = 1_000;
const hour = 3_600 * second;

/** How long the link in a mail of this kind works, in milliseconds, from the moment it is sent. */
export const tokenLifetimeMs: Record<MailKind, number> = { RESET: hour, VERIFICATION: 24 * hour };

/** So many mails of a kind, the newest, have links that work: a person who asked twice may open either. */
export const validMailsPerKind = 3;

/** A sender that has not settled a mail by then is taken for dead. Longer than an attempt (20 s), well under a minute. */
export const claimMs = 30 * second;

/** A mail that the server has put off for so long is given up. An outage of the server never counts. */
export const deferredAtMostMs = 72 * hour;

/** A mail that the server has refused so often is given up. */
export const maxRefusals = 5;

const shortestWaitMs = 2 * second;
const longestWaitMs = 20 * second;

/**
 * How long to leave the mail server alone after so many failures in a row, in milliseconds. Capped so that, with an
 * attempt of 20 s on top, mails leave within the minute once the server answers again.
 */
export function outageWaitMs(failures: number): number {
  return Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.max(0, failures - 1));
}

/** When to offer a mail again that the server wants later: its age so far, so that the waits double, within the same bounds. */
export function deferralWaitMs(ageMs: number): number {
  return Math.min(longestWaitMs, Math.max(shortestWaitMs, ageMs));
}

/** When to offer a mail again that the server refused for the nth time. Slower: a refusal is seldom taken back. */
export function refusalWaitMs(refusals: number): number {
  return refusals * 10 * second;
}

interface Wording {
  subject: string;
  page: string;
  lead: string;
  close: string;
}

const wordings: Record<MailKind, Wording> = {
  RESET: {
    subject: 'Reset your password',
    page: 'reset-password',
    lead: 'somebody, hopefully you, asked to reset the password of your account.\nOpen this link within an hour to choose a new one:',
    close: 'If it was not you, you can ignore this mail: your password stays as it is.',
  },
  VERIFICATION: {
    subject: 'Confirm your email address',
    page: 'verify-email',
    lead: 'please confirm that this is your email address.\nOpen this link within a day:',
    close: 'If you did not create an account, you can ignore this mail.',
  },
};

/**
 * Subject and text of a mail; `appUrl` without a closing slash. The token is in the fragment of the link, which browsers
 * send to no server. Nothing that a user typed is in the text, so that nobody can use us to mail words of their own.
 */
export function writeMail(kind: MailKind, appUrl: string, token: string): { subject: string; text: string } {
  const { subject, page, lead, close } = wordings[kind];
  const link = `${appUrl}/${page}#token=${token}`;
  return { subject, text: `Hello,\n\n${lead}\n\n${link}\n\n${close}\n` };
}
