import { describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../../src/platform/digest.js';
import { engines } from '../../support/databases.js';
import { keptLog, openMailRoom, openSink, smtpMailer } from './mail-room.js';

describe.each(engines)('on %s', (engine) => {
  test('the database keeps the digest of a mailed token alone, and the log nothing of it', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const sink = await openSink();
    const log = keptLog();
    const mailId = await room.enqueue('VERIFICATION', user.email);
    const queued = JSON.stringify(await room.db.read((client) => client.outboxMail.findMany()));
    room.startSender(smtpMailer(sink.url), { log });
    await vi.waitFor(async () => expect(await room.queued()).toBe(0), 10_000);

    const token = /#token=(\S{43})\r\n/.exec(sink.mails[0]?.data ?? '')?.[1] ?? 'none in the mail';
    const kept = JSON.stringify(await room.db.read((client) => client.mailToken.findMany()));
    expect(kept).toContain(sha256(token));
    expect(queued + kept).not.toContain(token);
    expect(log.lines('info')).toEqual([JSON.stringify({ mailId, kind: 'VERIFICATION', message: 'mail sent' })]);
  });
});
