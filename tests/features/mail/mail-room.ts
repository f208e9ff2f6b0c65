import { onTestFinished } from 'vitest';
import { verificationMail } from '../../../src/features/email/email-verification.mail.js';
import { createMailSender, type MailSenderDeps } from '../../../src/features/mail/mail.sender.js';
import { type MailRequest, spendToken, voidTokens, withdrawMails } from '../../../src/features/mail/mail.sql.js';
import type { MailKind } from '../../../src/features/mail/mail-kind.js';
import { createMailTokenStore } from '../../../src/features/mail/mail-token.store.js';
import { createOutbox } from '../../../src/features/mail/outbox.store.js';
import { passwordResetMail } from '../../../src/features/password/password-reset.mail.js';
import { lockActiveUser } from '../../../src/features/users/user.sql.js';
import { createUserStore } from '../../../src/features/users/user.store.js';
import { systemClock } from '../../../src/platform/clock.js';
import type { Database } from '../../../src/platform/database/database.js';
import { openDatabase } from '../../../src/platform/database/open.js';
import { sha256 } from '../../../src/platform/digest.js';
import { newId } from '../../../src/platform/ids.js';
import { type SmtpTimeouts, smtpTimeouts } from '../../../src/platform/mail-delivery/smtp-timeouts.js';
import { createMailer, type Mailer } from '../../../src/platform/mailer.js';
import { type Engine, freshDir, migratedDatabaseUrl } from '../../support/databases.js';
import type { SmtpSinkOptions } from '../../support/smtp-sink.js';
import { startSmtpSink } from '../../support/smtp-sink.js';

/** A clock that a test moves. */
export function movableClock() {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    advance(ms: number) {
      ahead += ms;
    },
  };
}

/** A log whose `lines()` are JSON. */
export function keptLog() {
  const entries: { level: string; message: string }[] = [];
  const note = (level: string) => (facts: object, message: string) => {
    entries.push({ level, message: JSON.stringify({ ...facts, message }) });
  };
  return {
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    lines: (level?: string) => entries.filter((entry) => !level || entry.level === level).map(({ message }) => message),
  };
}

export const kinds: MailKind[] = [passwordResetMail, verificationMail];
const hour = 3_600_000;
const lifetimes = { RESET: hour, VERIFICATION: 24 * hour };
type Kind = keyof typeof lifetimes;

export type MailRoom = Awaited<ReturnType<typeof openMailRoom>>;

/** One node's part in mailing: a database of its own (or another room's), the stores and as many senders as wanted. */
export async function openMailRoom(engine: Engine, databaseUrl?: string) {
  const url = databaseUrl ?? (await migratedDatabaseUrl(engine));
  const db = await openDatabase({ url, poolSize: 5, onError: () => {}, onWaiting: () => {} });
  onTestFinished(() => db.close());
  const outbox = createOutbox(db);
  const mailTokens = createMailTokenStore(db);

  async function enqueue(kind: string, email: string, more: Partial<MailRequest> = {}): Promise<string> {
    await outbox.enqueue({ kind, email, now: new Date(), ...more });
    const row = await db.read((client) =>
      client.outboxMail.findFirstOrThrow({ where: { email, kind }, orderBy: { id: 'desc' } }),
    );
    return row.id;
  }

  /** The token that a mail of this kind would carry, had it just been sent. */
  async function mailedToken(kind: Kind, user: { id: string; email: string }, mailId?: string): Promise<string> {
    const id = mailId ?? (await enqueue(kind, user.email));
    const claimId = newId();
    await db.write((client) => client.outboxMail.updateMany({ where: { id }, data: { claimedBy: claimId } }));
    const lifetimeMs = lifetimes[kind];
    const token = await mailTokens.issue({ mailId: id, claimId, userId: user.id, kind, lifetimeMs, now: new Date() });
    if (token === null) throw new Error('The mail is not queued.');
    return token;
  }

  return {
    url,
    db,
    outbox,
    mailTokens,
    enqueue,
    mailedToken,
    addUser: (facts: { deactivatedAt?: Date; emailVerifiedAt?: Date } = {}) => addUser(db, facts),
    /** Spends a token as use cases do. Answers the id of its account; null where it cannot be used. */
    async spend(token: string, kind: Kind = 'RESET', now = new Date()): Promise<string | null> {
      const digest = sha256(token);
      const row = await db.read((client) => client.mailToken.findUnique({ where: { digest } }));
      const userId = row?.userId ?? newId();
      const confirm = [lockActiveUser(userId), spendToken(userId, digest, kind, now)] as const;
      return (await db.commit({ confirm, also: [voidTokens(userId, kind)] })) && userId;
    },
    /** Voids what was mailed about an account as use cases do, under the account's lock. */
    async voidMails({ id }: { id: string }, kind?: Kind): Promise<void> {
      await db.commit({ confirm: [lockActiveUser(id)], also: [voidTokens(id, kind), withdrawMails(id, kind)] });
    },
    queued: () => db.read((client) => client.outboxMail.count()),
    /** Nothing is being sent: a clock that is moved on during an attempt would take the mail from its sender. */
    isIdle: async () =>
      (await db.read((client) => client.outboxMail.count({ where: { claimedBy: { not: null } } }))) === 0,
    startSender: (mailer: Mailer, { clock = systemClock, log = keptLog(), ...more }: SenderOptions = {}) =>
      startSender({ db, outbox, mailTokens, mailer, clock, log, kinds, ...more }),
  };
}

async function addUser(db: Database, facts: { deactivatedAt?: Date; emailVerifiedAt?: Date }) {
  const id = newId();
  const data = { id, email: `${id}@example.com`, createdAt: new Date(), ...facts };
  await db.write((client) => client.user.create({ data }));
  return { id, email: data.email };
}

type SenderOptions = Partial<Pick<MailSenderDeps, 'clock' | 'kinds' | 'limits'>> & { log?: ReturnType<typeof keptLog> };
type SenderParts = Omit<MailSenderDeps, 'users' | 'appUrl'> & { db: Database };

function startSender({ db, ...deps }: SenderParts) {
  const sender = createMailSender({
    ...deps,
    appUrl: 'https://app.example.com',
    users: createUserStore(db),
  });
  sender.start();
  onTestFinished(() => sender.stop());
  return sender;
}

export async function openSink(options?: SmtpSinkOptions) {
  const sink = await startSmtpSink(options);
  onTestFinished(() => sink.close());
  return sink;
}

/** A mailer that speaks to a sink. */
export function smtpMailer(smtpUrl: string, timeouts: Partial<SmtpTimeouts> = {}): Mailer {
  const from = 'Latchkey <no-reply@example.com>';
  const settings = { smtpUrl, from, mailDir: '', log: keptLog(), timeouts: { ...smtpTimeouts, ...timeouts } };
  const mailer = createMailer(settings);
  onTestFinished(() => mailer.close());
  return mailer;
}

/** A mailer that writes files, with its folder and its log. */
export async function fileMailer() {
  const mailDir = `${await freshDir()}/mail`;
  const log = keptLog();
  const mailer = createMailer({ smtpUrl: null, from: 'Latchkey <no-reply@example.com>', mailDir, log });
  return { mailer, mailDir, log };
}
