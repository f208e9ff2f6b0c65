/** A mail to one recipient. `id` is the same at every attempt, so that a mailbox can tell a repetition. */
export interface Mail {
  id: string;
  to: string;
  subject: string;
  /** ASCII, lines of at most 998 characters: it travels as it is, so that a link stays in one piece. */
  text: string;
}

/** A way on which mails leave. */
export interface Delivery {
  /**
   * Resolves when the mail was accepted. Throws one of the errors of delivery-error.ts; `signal` breaks the attempt off,
   * which is a `MailerUnavailable`.
   */
  deliver(mail: Mail, signal?: AbortSignal): Promise<void>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

export interface MailLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
