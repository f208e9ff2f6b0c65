import type { User } from '../users/user.js';

/** What the text of a mail needs beside the link. Kept in the outbox: never a secret, never what a user typed freely. */
export type MailFacts = Record<string, string | number | boolean | null>;

/** One kind of mail, defined by the feature that sends it and known to the mail feature by its name alone. */
export interface MailKind {
  /** As stored with queued mails and tokens; nodes of a version that does not know it leave its mails alone. */
  name: string;
  /** The link that carries the mail's token; null: the mail has neither. */
  link: MailLink | null;
  /**
   * Asked when the mail is about to leave: does it still apply to this account? Null: there is none. A mail with a link
   * is sent to active accounts alone, whatever this answers.
   */
  mayBeSent(user: User | null): boolean;
  /**
   * The words, in ASCII. Nothing that a user typed goes in here: otherwise anyone could send words of their own through
   * our mails. HTML will be a further member of `Letter`.
   */
  write(facts: MailFacts): Letter;
}

export interface MailLink {
  /** The page of the app below APP_URL. */
  page: string;
  /** How long the link works, in milliseconds, from the moment when the mail is sent. */
  lifetimeMs: number;
}

export interface Letter {
  subject: string;
  /** What it is about; before the link. */
  lead: string;
  /** After the link. */
  close: string;
}

/** So many mails of a kind, the newest, have links that work: a person who asked twice may open either. */
export const validMailsPerKind = 3;
