import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../core.js';
import { keysKnownForMs } from '../features/keys/keyring.js';
import { print, Refused, runCommand, WrongUsage } from './command.js';

const usage = `Usage: npm run keys -- COMMAND
  list            every key: kid, state, when it was made, signs from, is believed until
  rotate          makes a key that is published at once and signs after 10 minutes
  rotate --now    makes a key that signs when the command returns
  revoke KID      refuses what the key signed, when the command returns; if it was the one that signs, a new one does`;

function parse([name, argument, ...rest]: string[]): (core: Core) => Promise<void> {
  if (rest.length > 0) throw new WrongUsage();
  if (name === 'list' && argument === undefined) return list;
  if (name === 'rotate' && argument === undefined) return (core) => rotate(core, false);
  if (name === 'rotate' && argument === '--now') return (core) => rotate(core, true);
  if (name === 'revoke' && argument !== undefined && !argument.startsWith('-')) return (core) => revoke(core, argument);
  throw new WrongUsage();
}

async function list({ keys }: Core): Promise<void> {
  for (const key of await keys.list()) {
    const dates = [key.createdAt, key.activeFrom, key.verifiesUntil].map((date) => date?.toISOString() ?? '-');
    print([key.kid, key.state, ...dates].join('\t'));
  }
}

async function rotate({ keys }: Core, now: boolean): Promise<void> {
  const kid = await keys.rotate({ now });
  await everyNodeKnows();
  print(now ? `${kid} signs now.` : `${kid} is published, and signs in 10 minutes.`);
}

async function revoke({ keys }: Core, kid: string): Promise<void> {
  if (!(await keys.revoke(kid))) throw new Refused(`There is no key ${JSON.stringify(kid)} that could be revoked.`);
  await everyNodeKnows();
  print(`${kid} is revoked.`);
}

/** No node uses keys on older knowledge than this; the margin covers the request that was being answered meanwhile. */
async function everyNodeKnows(): Promise<void> {
  await sleep(keysKnownForMs + 250);
}

await runCommand(usage, parse);
