import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import bcrypt from 'bcryptjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ChangePasswordDocument, LoginDocument } from '../../client/generated/graphql.js';
import { engines } from '../../support/databases.js';
import { type Latchkey, startLatchkey } from '../../support/latchkey.js';
import { storedHash, storedRows } from '../../support/stored.js';

/** All that Latchkey leaves behind when it stops: its tables, its files and its log. Running, it would still add some. */
async function everythingKept(latchkey: Latchkey): Promise<string> {
  await latchkey.close();
  const files = (await readdir(latchkey.dataDir, { recursive: true, withFileTypes: true })).filter((it) => it.isFile());
  const contents = files.map((file) => readFile(path.join(file.parentPath, file.name), 'utf8'));
  const tables = JSON.stringify(await storedRows(latchkey.databaseUrl));
  return [tables, ...(await Promise.all(contents)), ...latchkey.logs].join('\n');
}

describe.each(engines)('on %s', (engine) => {
  let latchkey: Latchkey;
  beforeAll(async () => {
    latchkey = await startLatchkey(engine);
  });

  test('the account keeps a bcrypt hash of the configured cost, salted anew each time', async () => {
    const password = 'gloves under the sofa';
    const [one, other] = [await latchkey.newAccount({ password }), await latchkey.newAccount({ password })];
    const hash = await storedHash(latchkey.databaseUrl, one.email);
    expect(hash).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(await bcrypt.compare(password, hash)).toBe(true);
    expect(await storedHash(latchkey.databaseUrl, other.email)).not.toBe(hash);
  });

  test('nothing else that is stored contains a password, whether chosen, wrong or rejected', async () => {
    const latchkey = await startLatchkey(engine, { LOG_LEVEL: 'debug', PASSWORD_MIN_LENGTH: '14' });
    const { client, email, password } = await latchkey.newAccount({ password: 'hippopotamus one' });
    const passwords = { changed: 'hippopotamus two', wrong: 'hippopotamus three', short: 'hippopotamus' };
    await client.send(LoginDocument, { input: { email, password: passwords.wrong } });
    await client.send(ChangePasswordDocument, { input: { currentPassword: password, newPassword: passwords.short } });
    const change = { currentPassword: password, newPassword: passwords.changed };
    await client.ask(ChangePasswordDocument, { input: change });
    await latchkey.nextMail(email);

    const kept = await everythingKept(latchkey);
    expect(kept).toContain(email);
    expect(kept.toLowerCase()).not.toContain('hippopotamus');
    expect(kept).not.toContain(Buffer.from(passwords.changed).toString('base64').slice(0, 20));
  });

  test('no answer shows the hash', async () => {
    const { email, password } = await latchkey.newAccount();
    const answer = await latchkey.client().send(LoginDocument, { input: { email, password } });
    expect(JSON.stringify(answer.data)).not.toMatch(/\$2[aby]\$/);
  });
});
