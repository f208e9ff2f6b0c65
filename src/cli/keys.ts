import { type Administration, print, runCommand, WrongUsage } from './command.js';

const usage = `Usage: npm run keys -- COMMAND
  list            every key: kid, state, creation time, signs from, verifies until
  rotate          adds a key that is published at once and signs after 10 minutes
  rotate --now    adds a key that signs when the command returns
  revoke KID      rejects what the key signed when the command returns; if it was the signing key, a new one signs`;

function parse([name, argument, ...rest]: string[]): (administration: Administration) => Promise<void> {
  if (rest.length > 0) throw new WrongUsage();
  if (name === 'list' && argument === undefined) return list;
  if (name === 'rotate' && argument === undefined) return ({ keys }) => rotate(keys, false);
  if (name === 'rotate' && argument === '--now') return ({ keys }) => rotate(keys, true);
  if (name === 'revoke' && argument !== undefined && !argument.startsWith('-')) {
    return ({ keys }) => revoke(keys, argument);
  }
  throw new WrongUsage();
}

type Keys = Administration['keys'];

async function list({ keys }: Administration): Promise<void> {
  for (const key of await keys.list()) {
    const dates = [key.createdAt, key.activeFrom, key.verifiesUntil].map((date) => date?.toISOString() ?? '-');
    print([key.kid, key.state, ...dates].join('\t'));
  }
}

async function rotate(keys: Keys, now: boolean): Promise<void> {
  const kid = await keys.rotate({ now });
  print(now ? `${kid} signs now.` : `${kid} is published, and signs in 10 minutes.`);
}

async function revoke(keys: Keys, kid: string): Promise<void> {
  await keys.revoke(kid);
  print(`${kid} is revoked.`);
}

await runCommand(usage, parse);
