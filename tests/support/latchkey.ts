import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { parseConfig } from '../../src/config.js';
import { createHashing, type Hashing } from '../../src/platform/hashing/hashing.js';
import { createLog } from '../../src/platform/logging.js';
import { createVault, type Vault } from '../../src/platform/vault.js';
import { startServer } from '../../src/server.js';
import { type AuthFieldsFragment, SignupDocument, type SignupInput } from '../client/generated/graphql.js';
import { afterwards } from './cleanup.js';
import { type Client, createClient, type Identity } from './client.js';
import { createMovableClock, type MovableClock } from './clock.js';
import { type Engine, freshDir, migratedDatabaseUrl } from './databases.js';
import { createMailbox, type Mailbox } from './mailbox.js';

export interface Account {
  email: string;
  password: string;
  /** What signup answered. */
  auth: AuthFieldsFragment;
  /** Calls with the access token of the account's first session. */
  client: Client;
}

export interface Latchkey extends Mailbox, AsyncDisposable {
  url: string;
  databaseUrl: string;
  /** Where it keeps `mail` and `secret`. */
  dataDir: string;
  /** Its log so far, a line of JSON each. */
  logs: string[];
  clock: MovableClock;
  client(identity?: Identity): Client;
  /** Signs a new account up, with an address of its own where `input` has none. */
  newAccount(input?: Partial<SignupInput>): Promise<Account>;
  close(): Promise<void>;
}

/** What tests want otherwise than operators do. Everything else has its default. */
export const testSettings = {
  PORT: '0',
  AUTH_SECRET: 'a secret that all nodes of the tests share',
  BCRYPT_COST: '4',
  RATE_LIMITS: 'off',
  DATABASE_POOL_SIZE: '5',
  LOG_LEVEL: 'info',
};

/**
 * Starts Latchkey in this process, on a database of its own or, as a further node, on the one that is named. Settings
 * are those of the environment. It is closed after the test, or after the file where no test is running.
 */
export async function startLatchkey(
  on: Engine | { databaseUrl: string },
  settings: Record<string, string> = {},
  { clock = createMovableClock() }: { clock?: MovableClock } = {},
): Promise<Latchkey> {
  const databaseUrl = typeof on === 'string' ? await migratedDatabaseUrl(on) : on.databaseUrl;
  const dataDir = await freshDir();
  const logs: string[] = [];
  const config = parseConfig({ ...testSettings, DATABASE_URL: databaseUrl, ...settings });
  const log = createLog(config.logLevel, { write: (line) => void logs.push(line) });
  const parts = { log, clock, dataDir, hashing: knownHashing(config.bcryptCost) };
  const vault = config.authSecret === null ? {} : { vault: await knownVault(config.authSecret) };
  const server = await startServer(config, { ...parts, ...vault });
  const close = once(() => server.close());
  afterwards(close);
  const { url } = server;
  const client = (identity?: Identity) => createClient(url, identity);
  const newAccount = (input?: Partial<SignupInput>) => signUp(client(), input);
  const mailbox = createMailbox(path.join(dataDir, 'mail'));
  return {
    url,
    databaseUrl,
    dataDir,
    logs,
    clock,
    client,
    newAccount,
    close,
    ...mailbox,
    [Symbol.asyncDispose]: close,
  };
}

const vaults = new Map<string, Promise<Vault>>();

/** Of each secret one, since making it is most of a start. */
export function knownVault(secret: string): Promise<Vault> {
  const vault = vaults.get(secret) ?? createVault(secret);
  vaults.set(secret, vault);
  return vault;
}

const hashings = new Map<number, Hashing>();

/** Of each cost one, whose threads live as long as this process. */
export function knownHashing(cost: number): Hashing {
  const hashing = hashings.get(cost) ?? createHashing({ cost });
  hashings.set(cost, hashing);
  return hashing;
}

async function signUp(client: Client, input: Partial<SignupInput> = {}): Promise<Account> {
  const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery', ...input };
  const { signup: auth } = await client.ask(SignupDocument, { input: credentials });
  return { ...credentials, auth, client: client.with({ token: auth.accessToken }) };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let outcome: Promise<void> | undefined;
  return () => {
    outcome ??= work();
    return outcome;
  };
}
