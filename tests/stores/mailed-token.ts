import { randomSecret, sha256 } from '../../src/platform/digest.js';
import { newId } from '../../src/platform/ids.js';
import type { StoreRoom } from './store-room.js';

/** The digest of a token that was mailed to this user just now. */
export async function addMailToken(room: StoreRoom, userId: string, kind: string): Promise<string> {
  const digest = sha256(randomSecret());
  const dates = { createdAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000) };
  const data = { id: newId(), userId, kind, digest, mailId: newId(), ...dates };
  await room.db.write((client) => client.mailToken.create({ data }));
  return digest;
}

export function countMailTokens(room: StoreRoom, userId: string): Promise<number> {
  return room.db.read((client) => client.mailToken.count({ where: { userId } }));
}
