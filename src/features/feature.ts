import type { Worker } from '../platform/worker.js';
import type { MailKind } from './mail/mail-kind.js';

/** Rows that can no longer be used. Housekeeping removes them, on one node at a time. */
export interface Expiring {
  /** Removes up to `limit` of them in one statement. Answers how many. */
  remove(now: Date, limit: number): Promise<number>;
}

/** What a feature adds to the service. Its factory, `x.feature.ts`, is one line in latchkey.ts. */
export interface Feature {
  /** Instances of resolver classes. */
  resolvers?: object[];
  /** Work beside the requests; `stop` begins no more of it, and waits for what is under way, within a bound of its own. */
  workers?: Pick<Worker, 'start' | 'stop'>[];
  /** The kinds of mail that it enqueues. */
  mails?: MailKind[];
  expiring?: Expiring[];
}
