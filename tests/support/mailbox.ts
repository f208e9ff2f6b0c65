import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ReceivedMail {
  to: string;
  subject: string;
  text: string;
  /** What the mailed link carries in its fragment. */
  token?: string;
}

export interface Mailbox {
  /** Every mail so far, oldest first. */
  mails(): Promise<ReceivedMail[]>;
  /** The oldest mail to this address that it has not handed out yet; waits for it, 15 s at most. */
  nextMail(email: string): Promise<ReceivedMail>;
}

/** Reads the mails that a Latchkey without SMTP_URL writes into this folder. */
export function createMailbox(dir: string): Mailbox {
  const handedOut = new Set<string>();
  async function next(email: string): Promise<ReceivedMail | undefined> {
    for (const file of await filesIn(dir)) {
      if (handedOut.has(file)) continue;
      const mail = parseMail(await readFile(file, 'utf8'));
      if (mail.to !== email) continue;
      handedOut.add(file);
      return mail;
    }
    return undefined;
  }
  return {
    mails: async () => Promise.all((await filesIn(dir)).map(async (file) => parseMail(await readFile(file, 'utf8')))),
    async nextMail(email) {
      const deadline = performance.now() + 15_000;
      while (performance.now() < deadline) {
        const mail = await next(email);
        if (mail) return mail;
        await sleep(25);
      }
      throw new Error(`No further mail to ${email} came.`);
    },
  };
}

/** Their names begin with the time. Unfinished ones begin with a dot; without a first mail there is no folder. */
async function filesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => path.join(dir, name));
}

function parseMail(content: string): ReceivedMail {
  const [, head = '', text = ''] = /^(.*?)\n\n(.*)$/s.exec(content) ?? [];
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1] ?? '';
  const token = /#token=([\w-]+)/.exec(text)?.[1];
  return { to: header('To'), subject: header('Subject'), text, ...(token === undefined ? {} : { token }) };
}
