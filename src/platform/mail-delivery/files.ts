import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Delivery, MailLog } from './delivery.js';
import { MailerUnavailable } from './delivery-error.js';

/** Delivery into a folder, where no mail server is set: each mail is a file. The log names the file, nothing of its content. */
export function fileDelivery(mailDir: string, from: string, log: MailLog): Delivery {
  return {
    async deliver(mail) {
      const now = new Date();
      const file = join(mailDir, `${now.toISOString().replaceAll(':', '-')}-${mail.id}.eml`);
      const head = `From: ${from}\nTo: ${mail.to}\nSubject: ${mail.subject}\nDate: ${now.toUTCString()}\n`;
      await writeWhole(mailDir, file, `${head}\n${mail.text}`).catch((error: NodeJS.ErrnoException) => {
        throw new MailerUnavailable(error.code ?? error.name);
      });
      log.info({ file }, 'No SMTP_URL is set: the mail was written to a file');
    },
    async close() {},
  };
}

/** The file is there as a whole or not at all, and only its owner can read it: the link in it opens an account. */
async function writeWhole(folder: string, file: string, content: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(unfinished, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}
