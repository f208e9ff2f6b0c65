// Builds dist/: the Prisma clients, then the code. With --if-needed only when a source is newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const stamp = 'dist/built';
const lock = 'dist.lock';
const inputs = ['src', 'prisma/schema.prisma', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

function newest(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const times = readdirSync(path)
    .filter((name) => name !== 'generated')
    .map((name) => newest(join(path, name)));
  return Math.max(0, ...times);
}

function isUpToDate() {
  return existsSync(stamp) && statSync(stamp).mtimeMs >= Math.max(...inputs.map(newest));
}

/** Its reason was printed already. */
class Failure extends Error {}

function run(script) {
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  if (status !== 0) throw new Failure();
}

/**
 * The service, the commands and the hashing threads, with most of their packages in a few files: loading two thousand
 * small ones would take longer than all the rest of the start.
 */
async function bundleAll(outdir) {
  // Here, so that what is built already starts without the tools that built it.
  const { build: bundle } = await import('esbuild');
  await bundle({
    entryPoints: ['src/main.ts', 'src/cli/account.ts', 'src/cli/keys.ts', 'src/platform/hashing/hash-worker.js'],
    entryNames: '[name]',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    minifyWhitespace: true,
    // Native code, files found beside the package, and what packages try to load in case it is there.
    external: ['bcrypt', 'better-sqlite3', 'altair-static', 'class-validator', 'pg-native'],
    // In a bundle Apollo does not find node:crypto, and would hash each query in JavaScript.
    alias: { 'sha.js': './scripts/native-hash.cjs' },
    // For packages that are CommonJS.
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    logLevel: 'warning',
  });
}

/** Builds beside the old build, then replaces it: a running node loads files for a new hashing thread at any time. */
async function build() {
  console.log('Building Latchkey …');
  const [fresh, old] = ['dist.new', 'dist.old'];
  for (const left of [fresh, old]) rmSync(left, { recursive: true, force: true });
  run('scripts/generate.mjs');
  await bundleAll(fresh);
  writeFileSync(join(fresh, 'built'), '');
  if (existsSync('dist')) renameSync('dist', old);
  renameSync(fresh, 'dist');
  rmSync(old, { recursive: true, force: true });
}

/** Whether this process has the lock now. It holds the id of its owner, since one that was killed leaves it behind. */
function takeLock() {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (hasDied()) rmSync(lock, { force: true });
    return false;
  }
}

function hasDied() {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (owner === process.pid) return true; // the same number in an earlier container
    if (owner === 0) return Date.now() - statSync(lock).mtimeMs > 5_000; // killed before it was written
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** One build at a time. */
async function alone(work) {
  for (let said = false; !takeLock(); said = true) {
    if (!said) console.log(`Waiting for another build to end (${lock}) …`);
    await sleep(200);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

const ifNeeded = process.argv.includes('--if-needed');
if (!(ifNeeded && isUpToDate())) {
  // After waiting for another build there may be nothing left to do.
  await alone(async () => (ifNeeded && isUpToDate() ? undefined : build())).catch((error) => {
    if (!(error instanceof Failure)) throw error;
    process.exitCode = 1;
  });
}
