import type { User } from '../features/users/user.js';
import { type Administration, print, runCommand, WrongUsage } from './command.js';

const usage = `Usage: npm run account -- COMMAND
  list                  every account: email, state, creation time
  show EMAIL            one account
  deactivate EMAIL      closes the account to sign-in and ends its sessions
  reactivate EMAIL      opens the account to sign-in again
  end-sessions EMAIL    ends the account's sessions
  end-sessions --all    ends the sessions of every account`;

type Command = (administration: Administration) => Promise<void>;

const forOne: Record<string, (administration: Administration, email: string) => Promise<void>> = {
  show,
  deactivate,
  reactivate,
  'end-sessions': endSessions,
};

function parse([name = '', email, ...rest]: string[]): Command {
  if (rest.length > 0) throw new WrongUsage();
  if (name === 'list' && email === undefined) return list;
  if (name === 'end-sessions' && email === '--all') return endAllSessions;
  const act = Object.hasOwn(forOne, name) ? forOne[name] : undefined;
  if (!act || email === undefined || email.startsWith('-')) throw new WrongUsage();
  return (administration) => act(administration, email);
}

async function list({ accounts }: Administration): Promise<void> {
  for await (const user of accounts.list()) print([user.email, stateOf(user), user.createdAt.toISOString()].join('\t'));
}

async function show({ accounts }: Administration, email: string): Promise<void> {
  const { user, liveSessions } = await accounts.show(email);
  for (const name of shownFields) print(`${name}: ${shown(user[name])}`);
  print(`state: ${stateOf(user)}`);
  print(`liveSessions: ${liveSessions}`);
}

/** Named one by one, so that a new column is not printed unawares. */
const shownFields = [
  'id',
  'email',
  'emailVerifiedAt',
  'username',
  'firstName',
  'lastName',
  'createdAt',
  'lastLoginAt',
  'deactivatedAt',
] as const;

function shown(value: string | Date | null): string {
  return value instanceof Date ? value.toISOString() : (value ?? '-');
}

async function deactivate({ accounts }: Administration, email: string): Promise<void> {
  const { user, alreadyDeactivated, ended } = await accounts.deactivate(email);
  if (alreadyDeactivated) return print(`${user.email} was already deactivated; sessions ended: ${ended}.`);
  print(`Deactivated ${user.email}; sessions ended: ${ended}.`);
}

async function reactivate({ accounts }: Administration, email: string): Promise<void> {
  print(`${(await accounts.reactivate(email)).email} can sign in again.`);
}

async function endSessions({ accounts }: Administration, email: string): Promise<void> {
  print(`Sessions ended: ${await accounts.endSessions(email)}.`);
}

async function endAllSessions({ accounts }: Administration): Promise<void> {
  print(`Sessions ended: ${await accounts.endAllSessions()}.`);
}

function stateOf(user: User): string {
  if (user.deactivatedAt) return 'deactivated';
  return user.emailVerifiedAt ? 'active' : 'active, email not verified';
}

await runCommand(usage, parse);
