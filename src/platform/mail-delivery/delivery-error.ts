// Why a mail was not sent. `reason` is made of codes and words of ours, never of the server's words: those may repeat the
// address. For that reason none of these errors has a cause.

/** Nothing is wrong with this mail, but none can be sent now. The server may have accepted it: its answer may be lost. */
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

/** The server, or a rule of ours, rejects this mail. */
export class MailRejected extends Error {
  override readonly name = 'MailRejected';
  constructor(readonly reason: string) {
    super(`The mail is rejected: ${reason}.`);
  }
}
