import { describe, expect, test, vi } from 'vitest';
import type { MailKind } from '../../../src/features/mail/mail-kind.js';
import { sha256 } from '../../../src/platform/digest.js';
import { engines } from '../../support/databases.js';
import { kinds as builtIn, openMailRoom, openSink, smtpMailer } from './mail-room.js';

/** Tells of something that happened; to a deactivated account, too. */
const notice: MailKind = {
  name: 'TEST_NOTICE',
  link: null,
  mayBeSent: (user) => user !== null,
  write: ({ device }) => ({ subject: 'A new device', lead: `signed in with ${device}.`, close: 'Goodbye.' }),
};

/** Goes to an address that is not the account's own, with a link that changes the account. */
const newAddress: MailKind = {
  name: 'TEST_NEW_ADDRESS',
  link: { page: 'confirm-email', lifetimeMs: 60_000 },
  mayBeSent: (user) => user !== null,
  write: () => ({ subject: 'Confirm', lead: 'open this link:', close: 'Goodbye.' }),
};

/** Goes to an address that no account has any more. */
const farewell: MailKind = {
  name: 'TEST_FAREWELL',
  link: null,
  mayBeSent: () => true,
  write: () => ({ subject: 'Deleted', lead: 'your account is deleted.', close: 'Goodbye.' }),
};

const kinds = [...builtIn, notice, newAddress, farewell];

describe.each(engines)('on %s', (engine) => {
  async function openRoom() {
    const room = await openMailRoom(engine);
    const sink = await openSink();
    const startSender = (known = kinds) => room.startSender(smtpMailer(sink.url), { kinds: known });
    return { room, sink, startSender };
  }

  test('a mail without a token is sent with its facts, makes no token, and reaches whom its kind allows', async () => {
    const { room, sink, startSender } = await openRoom();
    const user = await room.addUser({ deactivatedAt: new Date() });
    await room.enqueue('TEST_NOTICE', user.email, { facts: { device: 'Firefox on Linux' } });
    await room.enqueue('TEST_NOTICE', 'unknown@example.com', { facts: { device: 'none' } });
    await room.enqueue('TEST_FAREWELL', 'deleted@example.com');
    startSender();

    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);
    expect(sink.mails.map(({ to }) => to[0]).sort()).toEqual([user.email, 'deleted@example.com'].sort());
    const sent = sink.mails.find(({ to }) => to[0] === user.email)?.data;
    expect(sent).toContain('Hello,\r\n\r\nsigned in with Firefox on Linux.\r\n\r\nGoodbye.\r\n');
    expect(await room.db.read((client) => client.mailToken.count())).toBe(0);
  });

  test("a mail about an account goes to an address that is not the account's, with a token of the account", async () => {
    const { room, sink, startSender } = await openRoom();
    const [user, deactivated] = [await room.addUser(), await room.addUser({ deactivatedAt: new Date() })];
    await room.enqueue('TEST_NEW_ADDRESS', 'new@example.com', { userId: user.id });
    await room.enqueue('TEST_NEW_ADDRESS', 'newer@example.com', { userId: deactivated.id });
    startSender();

    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);
    expect(sink.mails.map(({ to }) => to)).toEqual([['new@example.com']]);
    const token = /\/confirm-email#token=(\S+)\r\n/.exec(sink.mails[0]?.data ?? '')?.[1] ?? 'none';
    const owner = (ahead: number) =>
      room.mailTokens.find(sha256(token), 'TEST_NEW_ADDRESS', new Date(Date.now() + ahead));
    expect(await owner(0)).toBe(user.id);
    expect(await owner(61_000), 'its kind says how long it works').toBeNull();
  });

  test('what voids the mails of an account voids those to other addresses about it, and no mail of others', async () => {
    const { room } = await openRoom();
    const [user, other] = [await room.addUser(), await room.addUser()];
    await room.enqueue('RESET', user.email);
    await room.enqueue('TEST_NEW_ADDRESS', 'new@example.com', { userId: user.id });
    await room.enqueue('TEST_NEW_ADDRESS', 'other@example.com', { userId: other.id });

    await room.voidMails(user, 'RESET');
    expect(await room.queued()).toBe(2);
    await room.voidMails(user);

    const left = await room.db.read((client) => client.outboxMail.findMany());
    expect(left).toMatchObject([{ email: 'other@example.com', userId: other.id }]);
  });

  test('a mail of a kind that this version does not know is left to nodes that know it', async () => {
    const { room, sink, startSender } = await openRoom();
    const user = await room.addUser();
    await room.enqueue('TEST_NOTICE', user.email, { facts: { device: 'x' } });
    await room.enqueue('RESET', user.email);
    startSender(builtIn);
    await vi.waitFor(async () => expect(await room.queued()).toBe(1), 10_000);

    startSender();

    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);
    expect(sink.mails).toHaveLength(2);
  });
});
