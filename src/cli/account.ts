import type { Core } from '../core.js';
import { normalizeEmail, type User } from '../features/users/user.js';
import { print, Refused, runCommand, WrongUsage } from './command.js';

const usage = `Usage: npm run account -- COMMAND
  list                  every account: email, state, when it was made
  show EMAIL            one account
  deactivate EMAIL      closes it to sign-in and ends its sessions
  reactivate EMAIL      opens it again
  end-sessions EMAIL    ends its sessions
  end-sessions --all    ends everybody's sessions`;

type Command = (core: Core) => Promise<void>;

const forOne: Record<string, (core: Core, user: User) => Promise<void>> = {
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
  return async (core) => act(core, await findUser(core, email));
}

async function findUser({ userStore }: Core, text: string): Promise<User> {
  const email = normalizeEmail(text);
  const account = email === null ? null : await userStore.findBy({ email });
  if (!account) throw new Refused(`There is no account with the email address ${JSON.stringify(text)}.`);
  return account.user;
}

async function list({ userStore }: Core): Promise<void> {
  for await (const user of userStore.all()) print([user.email, stateOf(user), user.createdAt.toISOString()].join('\t'));
}

async function show({ sessionStore, clock }: Core, user: User): Promise<void> {
  const sessions = await sessionStore.countLive(user.id, clock.now());
  for (const [name, value] of Object.entries({ ...user, state: stateOf(user), liveSessions: sessions })) {
    print(`${name}: ${value instanceof Date ? value.toISOString() : (value ?? '-')}`);
  }
}

async function deactivate({ deactivationStore, sessionStore, clock }: Core, user: User): Promise<void> {
  const ended = await deactivationStore.deactivate({ userId: user.id, now: clock.now() });
  if (ended) return print(`Deactivated ${user.email}; sessions ended: ${ended.length}.`);
  // Whoever did it by hand may have left sessions, which would come back to life with the account.
  const left = await sessionStore.endByOperator(user.id, clock.now());
  print(`${user.email} is deactivated already; sessions ended: ${left}.`);
}

async function reactivate({ userStore }: Core, user: User): Promise<void> {
  await userStore.reactivate(user.id);
  print(`${user.email} can sign in again.`);
}

async function endSessions({ sessionStore, clock }: Core, user: User): Promise<void> {
  print(`Sessions ended: ${await sessionStore.endByOperator(user.id, clock.now())}.`);
}

async function endAllSessions({ sessionStore, clock }: Core): Promise<void> {
  print(`Sessions ended: ${await sessionStore.endByOperator(null, clock.now())}.`);
}

function stateOf(user: User): string {
  if (user.deactivatedAt) return 'deactivated';
  return user.emailVerifiedAt ? 'active' : 'active, email not verified';
}

await runCommand(usage, parse);
