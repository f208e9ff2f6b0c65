import { onTestFinished } from 'vitest';
import type { MailKind } from '../../../src/features/mail/mail.js';
import { createMailSender } from '../../../src/features/mail/mail.sender.js';
import { createMailTokenStore } from '../../../src/features/mail/mail-token.store.js';
import { createOutbox } from '../../../src/features/mail/outbox.store.js';
import { createUserStore } from '../../../src/features/users/user.store.js';
import { systemClock } from '../../../src/platform/clock.js';
import type { Database } from '../../../src/platform/database/database.js';
import { openDatabase } from '../../../src/platform/database/open.js';
import { newId } from '../../../src/platform/ids.js';
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

/** A log that is kept: `lines()` has every line as JSON. */
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

export type MailRoom = Awaited<ReturnType<typeof openMailRoom>>;

/** One node's part in mailing: a database of its own (or another room's), the stores and as many senders as wanted. */
export async function openMailRoom(engine: Engine, databaseUrl?: string) {
  const url = databaseUrl ?? (await migratedDatabaseUrl(engine));
  const db = await openDatabase({ url, poolSize: 5, onFault: () => {}, onWaiting: () => {} });
  onTestFinished(() => db.close());
  const outbox = createOutbox(db);
  const mailTokens = createMailTokenStore(db);

  async function owe(kind: MailKind, email: string): Promise<string> {
    await outbox.enqueue({ kind, email, now: new Date() });
    const row = await db.read((client) =>
      client.outboxMail.findFirstOrThrow({ where: { email, kind }, orderBy: { id: 'desc' } }),
    );
    return row.id;
  }

  /** The token that a mail of this kind would carry, had it just been sent. */
  async function mailedToken(kind: MailKind, user: { id: string; email: string }, mailId?: string): Promise<string> {
    const id = mailId ?? (await owe(kind, user.email));
    const claimId = newId();
    await db.write((client) => client.outboxMail.updateMany({ where: { id }, data: { claimedBy: claimId } }));
    const token = await mailTokens.issue({ mailId: id, claimId, userId: user.id, kind, now: new Date() });
    if (token === null) throw new Error('The mail is not owed.');
    return token;
  }

  return {
    url,
    db,
    outbox,
    mailTokens,
    owe,
    mailedToken,
    addUser: (facts: { deactivatedAt?: Date; emailVerifiedAt?: Date } = {}) => addUser(db, facts),
    owed: () => db.read((client) => client.outboxMail.count()),
    /** Nothing is being sent: a clock that is moved on meanwhile would take it from its sender. */
    isIdle: async () =>
      (await db.read((client) => client.outboxMail.count({ where: { claimedBy: { not: null } } }))) === 0,
    startSender: (mailer: Mailer, { clock = systemClock, log = keptLog() } = {}) =>
      startSender({ db, outbox, mailTokens, mailer, clock, log }),
  };
}

async function addUser(db: Database, facts: { deactivatedAt?: Date; emailVerifiedAt?: Date }) {
  const id = newId();
  const data = { id, email: `${id}@example.com`, passwordHash: '', createdAt: new Date(), ...facts };
  await db.write((client) => client.user.create({ data }));
  return { id, email: data.email };
}

type SenderParts = Omit<Parameters<typeof createMailSender>[0], 'users' | 'appUrl'> & { db: Database };

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
export function smtpMailer(smtpUrl: string): Mailer {
  const mailer = createMailer({ smtpUrl, from: 'Latchkey <no-reply@example.com>', mailDir: '', log: keptLog() });
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
