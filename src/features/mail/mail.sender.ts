import { newId } from '../../platform/ids.js';
import { within } from '../../platform/timeout.js';
import { createWorker, type Worker } from '../../platform/worker.js';
import { type AttemptDeps, attemptMail } from './mail-attempt.js';
import type { MailKind } from './mail-kind.js';
import { renewClaimMs } from './mail-timing.js';
import type { QueuedMail } from './outbox.store.js';
import { createServerOutage } from './server-outage.js';

export interface MailSenderDeps extends Omit<AttemptDeps, 'server' | 'renewClaimMs'> {
  kinds: readonly MailKind[];
  /** Others than these only in tests. */
  limits?: Partial<typeof senderLimits>;
}

/**
 * Sends queued mails in the background; any number of nodes may each run one. A mail goes out at least once, whatever
 * dies when, and as a rule exactly once.
 */
export interface MailSender extends Pick<Worker, 'start'> {
  /**
   * Claims no more mails, and waits for those that are being sent; what is not sent in time is broken off and given back,
   * so that another node can send it at once. Takes 10 s at most.
   */
  stop(): Promise<void>;
}

const senderLimits = {
  /**
   * Polled, and not woken by what queues a mail: work for an address that exists would slow the answer to the request that
   * named it, and so reveal that it exists.
   */
  pollMs: 300,
  mailsAtOnce: 5,
  /** An attempt that lasts longer is slow: others start beside it, so that mails that the server takes slowly hold up no others. */
  slowAfterMs: 10_000,
  /** The slow ones included. */
  mailsAtOnceInAll: 20,
  renewClaimMs,
  /** Time for mails to be sent when stopping, and then to be given back. */
  drainMs: 8_000,
  giveBackMs: 2_000,
};

export function createMailSender(deps: MailSenderDeps): MailSender {
  const { outbox, clock, log, kinds } = deps;
  const limits = { ...senderLimits, ...deps.limits };
  const server = createServerOutage(log);
  const attemptDeps = { ...deps, server, renewClaimMs: limits.renewClaimMs };
  const kindsByName = new Map(kinds.map((kind) => [kind.name, kind]));
  const breakingOff = new AbortController();
  const underWay = new Map<string, { since: number; ended: Promise<void> }>();

  /** How many mails may be started. While the mail server is out, one at a time tries it. */
  function room(): number {
    if (server.isPaused()) return 0;
    const slowSince = performance.now() - limits.slowAfterMs;
    const quick = [...underWay.values()].filter(({ since }) => since > slowSince).length;
    return Math.min((server.isOut() ? 1 : limits.mailsAtOnce) - quick, limits.mailsAtOnceInAll - underWay.size);
  }

  async function startDueMails(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && room() > 0) {
      const claimId = newId();
      const request = { now: clock.now(), limit: room(), claimId, kinds: [...kindsByName.keys()] };
      const mails = await outbox.claim({ ...request, except: [...underWay.keys()] });
      if (mails.length === 0) return;
      for (const mail of mails) start(mail, claimId, stopping);
    }
  }

  function start(mail: QueuedMail, claimId: string, stopping: AbortSignal): void {
    const slow = setTimeout(logSlow, limits.slowAfterMs, mail);
    const ended = run(mail, claimId, stopping).finally(() => {
      clearTimeout(slow);
      underWay.delete(mail.id);
      worker.wake();
    });
    underWay.set(mail.id, { since: performance.now(), ended });
  }

  async function run(mail: QueuedMail, claimId: string, stopping: AbortSignal): Promise<void> {
    const kind = kindsByName.get(mail.kind);
    try {
      if (stopping.aborted || !kind) return await outbox.retryLater(mail.id, claimId, clock.now(), mail.rejections);
      await attemptMail(attemptDeps, { mail, kind, claimId, stopping: breakingOff.signal });
    } catch (err) {
      // The claim runs out by itself, and then the mail is tried again.
      log.error({ mailId: mail.id, kind: mail.kind, err }, 'A mail could not be processed; it is tried again');
    }
  }

  function logSlow({ id, kind }: QueuedMail): void {
    log.warn({ mailId: id, kind }, 'The mail server is slow to take a mail');
  }

  const worker = createWorker({ name: 'mail sender', everyMs: limits.pollMs, run: startDueMails, log });

  async function drained(): Promise<true> {
    await worker.stop();
    await Promise.all([...underWay.values()].map(({ ended }) => ended));
    return true;
  }

  return {
    start: worker.start,
    async stop() {
      const finished = drained();
      if (await within(limits.drainMs, finished)) return;
      breakingOff.abort();
      await within(limits.giveBackMs, finished);
    },
  };
}
