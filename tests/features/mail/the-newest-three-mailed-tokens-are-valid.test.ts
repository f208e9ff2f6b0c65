import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/platform/digest.js';
import { engines } from '../../support/databases.js';
import { type MailRoom, openMailRoom } from './mail-room.js';

async function usable(room: MailRoom, tokens: string[]): Promise<boolean[]> {
  const found = tokens.map((token) => room.mailTokens.find(sha256(token), 'RESET', new Date()));
  return (await Promise.all(found)).map((userId) => userId !== null);
}

describe.each(engines)('on %s', (engine) => {
  test('a fourth mail voids the first, which can then be neither found nor spent', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const tokens: string[] = [];
    for (let n = 0; n < 3; n++) tokens.push(await room.mailedToken('RESET', user));
    expect(await usable(room, tokens)).toEqual([true, true, true]);

    tokens.push(await room.mailedToken('RESET', user));

    expect(await usable(room, tokens)).toEqual([false, true, true, true]);
    expect(await room.spend(tokens[0] ?? '')).toBeNull();
    expect(await usable(room, tokens), 'a rejected token voids nothing').toEqual([false, true, true, true]);
  });

  test('attempts at one mail count as one', async () => {
    const room = await openMailRoom(engine);
    const user = await room.addUser();
    const first = await room.mailedToken('RESET', user);
    const mailId = await room.enqueue('RESET', user.email);
    const attempts: string[] = [];
    for (let n = 0; n < 5; n++) attempts.push(await room.mailedToken('RESET', user, mailId));

    expect(await usable(room, [first, ...attempts])).toEqual(Array(6).fill(true));
  });

  test('mails of another kind or to another user do not count', async () => {
    const room = await openMailRoom(engine);
    const [user, other] = [await room.addUser(), await room.addUser()];
    const token = await room.mailedToken('RESET', user);
    for (let n = 0; n < 3; n++) {
      await room.mailedToken('VERIFICATION', user);
      await room.mailedToken('RESET', other);
    }
    expect(await usable(room, [token])).toEqual([true]);
  });
});
