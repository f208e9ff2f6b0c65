import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { MailDeferred, type Mailer, MailerUnavailable, type MailLog, MailRejected } from '../../platform/mailer.js';
import { within } from '../../platform/timeout.js';
import type { User } from '../users/user.js';
import type { UserStore } from '../users/user.store.js';
import {
  deferralWaitMs,
  deferredAtMostMs,
  type MailKind,
  maxRefusals,
  outageWaitMs,
  refusalWaitMs,
  writeMail,
} from './mail.js';
import type { MailTokenStore } from './mail-token.store.js';
import type { Outbox, OwedMail } from './outbox.store.js';

export interface MailSenderDeps {
  outbox: Outbox;
  mailTokens: MailTokenStore;
  mailer: Mailer;
  users: UserStore;
  appUrl: string;
  clock: Clock;
  log: MailLog;
}

/**
 * Sends what the outbox owes, in the background; any number of nodes may each run one. A mail goes out at least once,
 * whatever dies when, and as a rule exactly once.
 */
export interface MailSender {
  start(): void;
  /** Takes no more mails, and waits at most 10 s for those that are on their way. */
  stop(): Promise<void>;
}

/**
 * Polled, and not woken by whoever owes a mail: what the sender does for an address that exists would slow the answer to
 * the request that named it, and so tell that it exists.
 */
const pollMs = 300;
const stopMs = 10_000;
const mailsAtOnce = 5;

export function createMailSender(deps: MailSenderDeps): MailSender {
  const { outbox, clock, log } = deps;
  const bell = createBell();
  const smtp = createSmtpOutage(log);
  const database = createDatabaseOutage(log);
  const onTheirWay = new Set<Promise<void>>();
  let stopping = false;
  let loop: Promise<void> | undefined;

  async function deliver(mail: OwedMail, claimId: string): Promise<void> {
    try {
      if (stopping) return await outbox.retryLater(mail.id, claimId, clock.now(), mail.refusals);
      await deliverOne(deps, smtp, mail, claimId);
    } catch (error) {
      // The claim runs out by itself, and then the mail is tried again.
      database.failed(error);
    }
  }

  /** Answers whether there was anything to do. While the mail server is away, one mail at a time tries it. */
  async function startDueMails(): Promise<boolean> {
    const room = smtp.isOut() ? 1 - onTheirWay.size : mailsAtOnce - onTheirWay.size;
    if (room <= 0 || smtp.isPaused()) return false;
    const claimId = newId();
    const mails = await outbox.claim(clock.now(), room, claimId);
    database.answered();
    for (const mail of mails) {
      const delivery = deliver(mail, claimId).finally(() => {
        onTheirWay.delete(delivery);
        bell.ring();
      });
      onTheirWay.add(delivery);
    }
    return mails.length > 0;
  }

  async function run(): Promise<void> {
    while (!stopping) {
      const busy = await startDueMails().catch((error: unknown) => database.failed(error));
      if (!busy && !stopping) await bell.wait(database.isOut() ? pollMs * 5 : pollMs);
    }
  }

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      stopping = true;
      bell.ring();
      const finished = async () => {
        await loop;
        await Promise.all(onTheirWay);
      };
      await within(stopMs, finished());
    },
  };
}

/** One attempt at one mail. Throws only where the database fails. */
async function deliverOne(deps: MailSenderDeps, smtp: SmtpOutage, mail: OwedMail, claimId: string): Promise<void> {
  const { outbox, clock, log } = deps;
  const { id, kind, email } = mail;
  const account = await deps.users.findBy({ email });
  if (!account || !mayBeMailed(account.user, kind)) return outbox.settle(id, claimId);
  const issue = { mailId: id, claimId, userId: account.user.id, kind, now: clock.now() };
  const token = await deps.mailTokens.issue(issue);
  if (token === null) return;

  const letter = { id, to: email, ...writeMail(kind, deps.appUrl, token) };
  const failure = await deps.mailer.send(letter).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  if (failure) return putBack(deps, smtp, mail, claimId, failure.error);
  smtp.answered();
  await outbox.settle(id, claimId);
  log.info({ mailId: id, kind }, 'Mail sent');
}

function mayBeMailed({ deactivatedAt, emailVerifiedAt }: User, kind: MailKind): boolean {
  return deactivatedAt === null && (kind !== 'VERIFICATION' || emailVerifiedAt === null);
}

/** The attempt failed: the mail is tried later, or given up where the server has refused it too often. */
async function putBack(
  { outbox, clock, log }: MailSenderDeps,
  smtp: SmtpOutage,
  mail: OwedMail,
  claimId: string,
  error: unknown,
): Promise<void> {
  const { id, kind, createdAt } = mail;
  const now = clock.now().getTime();
  const retryIn = (ms: number, refusals: number) => outbox.retryLater(id, claimId, new Date(now + ms), refusals);

  if (error instanceof MailerUnavailable) return retryIn(smtp.failed(error.reason), mail.refusals);
  smtp.answered();
  const ageMs = now - createdAt.getTime();
  const deferred = error instanceof MailDeferred && ageMs < deferredAtMostMs;
  if (deferred) return retryIn(deferralWaitMs(ageMs), mail.refusals);
  const refusals = mail.refusals + 1;
  const reason = error instanceof MailRejected ? error.reason : nameOf(error);
  if (refusals < maxRefusals) return retryIn(refusalWaitMs(refusals), refusals);
  log.warn({ mailId: id, kind, reason }, 'A mail was given up: it was refused too often');
  return outbox.settle(id, claimId);
}

type SmtpOutage = ReturnType<typeof createSmtpOutage>;

/**
 * Spares a mail server that is away from every waiting mail: after a failure nothing is sent for a while. Counted by
 * the monotonic clock, since a wait is a matter of this process alone. Logged once per outage.
 */
function createSmtpOutage(log: MailLog) {
  let failures = 0;
  let pausedUntil = 0;
  return {
    isOut: () => failures > 0,
    isPaused: () => performance.now() < pausedUntil,
    /** Answers how long, in milliseconds, the mail should wait. */
    failed(reason: string): number {
      if (failures === 0) log.warn({ reason }, 'No mail can be sent; mails wait until the mail server answers');
      // Mails that were on their way together fail together: that is one failure.
      if (performance.now() >= pausedUntil) {
        failures += 1;
        pausedUntil = performance.now() + outageWaitMs(failures);
      }
      return pausedUntil - performance.now();
    },
    answered(): void {
      if (failures > 0) log.info({}, 'The mail server answers again');
      failures = 0;
      pausedUntil = 0;
    },
  };
}

/** Logs once per outage; the error's text stays out, since it may quote a query and with it an address. */
function createDatabaseOutage(log: MailLog) {
  let out = false;
  return {
    isOut: () => out,
    failed(error: unknown): false {
      if (!out) log.error({ reason: nameOf(error) }, 'The mail sender cannot use the database; mails wait');
      out = true;
      return false;
    },
    answered(): void {
      if (out) log.info({}, 'The mail sender can use the database again');
      out = false;
    },
  };
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** A wait that somebody can cut short. A ring that nobody waits for is kept for the next to wait. */
function createBell() {
  let rung = false;
  let wakeUp: (() => void) | undefined;
  return {
    ring(): void {
      rung = true;
      wakeUp?.();
    },
    async wait(ms: number): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        if (rung) return resolve();
        wakeUp = resolve;
        timer = setTimeout(resolve, ms);
        timer.unref();
      });
      clearTimeout(timer);
      rung = false;
    },
  };
}
