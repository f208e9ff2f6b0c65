import type { Clock } from '../../platform/clock.js';
import type { Mail, MailLog } from '../../platform/mail-delivery/delivery.js';
import { MailDeferred, MailerUnavailable, MailRejected } from '../../platform/mail-delivery/delivery-error.js';
import type { Mailer } from '../../platform/mailer.js';
import type { User } from '../users/user.js';
import type { UserStore } from '../users/user.store.js';
import { whileClaimed } from './held-claim.js';
import type { MailKind } from './mail-kind.js';
import { writeMail } from './mail-text.js';
import { deferralWaitMs, deferredAtMostMs, maxRejections, rejectionWaitMs } from './mail-timing.js';
import type { MailTokenStore } from './mail-token.store.js';
import type { Outbox, QueuedMail } from './outbox.store.js';
import type { ServerOutage } from './server-outage.js';

export interface AttemptDeps {
  outbox: Outbox;
  mailTokens: MailTokenStore;
  mailer: Mailer;
  users: UserStore;
  appUrl: string;
  clock: Clock;
  log: MailLog;
  server: ServerOutage;
  renewClaimMs: number;
}

/** A mail that is claimed, and what it takes to send it. */
export interface Attempt {
  mail: QueuedMail;
  kind: MailKind;
  claimId: string;
  /** Breaks it off; the mail is given back. */
  stopping: AbortSignal;
}

/** One attempt at one mail: afterwards it is sent, due again or given up. Throws only where the database fails. */
export async function attemptMail(deps: AttemptDeps, attempt: Attempt): Promise<void> {
  const { outbox, clock, renewClaimMs } = deps;
  const { id: mailId } = attempt.mail;
  const letter = await letterFor(deps, attempt);
  if (letter === null) return outbox.settle(mailId, attempt.claimId);
  const renewal = { outbox, clock, everyMs: renewClaimMs };
  await whileClaimed(renewal, { mailId, claimId: attempt.claimId }, async (lost) => {
    const error = await sendBy(deps.mailer, letter, AbortSignal.any([attempt.stopping, lost]));
    if (!lost.aborted) await conclude(deps, attempt, error);
  });
}

/** The mail as it goes out, with a new token where its kind has one; null where it is not to be sent. */
async function letterFor(deps: AttemptDeps, { mail, kind, claimId }: Attempt): Promise<Mail | null> {
  const user = await userOf(deps.users, mail);
  if (!kind.mayBeSent(user)) return null;
  const token = kind.link === null ? null : await issueToken(deps, mail, kind.link.lifetimeMs, claimId, user);
  if (kind.link !== null && token === null) return null;
  return { id: mail.id, to: mail.email, ...writeMail(kind, mail.facts, deps.appUrl, token) };
}

function userOf(users: UserStore, { email, userId }: QueuedMail): Promise<User | null> {
  return userId === null ? users.findByEmail(email) : users.find(userId);
}

async function issueToken(
  { mailTokens, clock }: AttemptDeps,
  { id: mailId, kind }: QueuedMail,
  lifetimeMs: number,
  claimId: string,
  user: User | null,
): Promise<string | null> {
  if (user === null) return null;
  return mailTokens.issue({ mailId, claimId, userId: user.id, kind, lifetimeMs, now: clock.now() });
}

/** Null when it was sent; otherwise what went wrong. */
async function sendBy(mailer: Mailer, letter: Mail, signal: AbortSignal): Promise<unknown> {
  try {
    await mailer.send(letter, signal);
    return null;
  } catch (error) {
    return error;
  }
}

async function conclude(deps: AttemptDeps, attempt: Attempt, error: unknown): Promise<void> {
  const { outbox, clock, log, server } = deps;
  const { mail, claimId, stopping } = attempt;
  if (error instanceof MailerUnavailable) {
    const waitMs = stopping.aborted ? 0 : server.failed(error.reason);
    return outbox.retryLater(mail.id, claimId, later(clock, waitMs), mail.rejections);
  }
  server.answered();
  if (error !== null) return retryOrGiveUp(deps, attempt, error);
  await outbox.settle(mail.id, claimId);
  log.info({ mailId: mail.id, kind: mail.kind }, 'mail sent');
}

/** The server does not take this mail: it is tried later, or given up where it was rejected or put off too often. */
async function retryOrGiveUp(deps: AttemptDeps, { mail, claimId }: Attempt, error: unknown): Promise<void> {
  const { outbox, clock, log } = deps;
  const { id, kind, createdAt } = mail;
  const ageMs = clock.now().getTime() - createdAt.getTime();
  if (error instanceof MailDeferred && ageMs < deferredAtMostMs) {
    return outbox.retryLater(id, claimId, later(clock, deferralWaitMs(ageMs)), mail.rejections);
  }
  const rejections = mail.rejections + 1;
  if (rejections < maxRejections) {
    return outbox.retryLater(id, claimId, later(clock, rejectionWaitMs(rejections)), rejections);
  }
  const reason = error instanceof MailRejected || error instanceof MailDeferred ? error.reason : nameOf(error);
  log.warn({ mailId: id, kind, reason }, 'mail given up after repeated rejections');
  return outbox.settle(id, claimId);
}

function later(clock: Clock, ms: number): Date {
  return new Date(clock.now().getTime() + ms);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
