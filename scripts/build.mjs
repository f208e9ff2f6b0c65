// Builds dist/: the Prisma clients, then the code. With --if-needed only when a source is newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stamp = 'dist/built';
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

function run(script) {
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

/**
 * The service, the commands and the hashing threads, with most of their packages in a few files: loading two thousand
 * small ones would take longer than all the rest of the start.
 */
async function bundleAll() {
  // Here, so that what is built already starts without the tools that built it.
  const { build: bundle } = await import('esbuild');
  await bundle({
    entryPoints: ['src/main.ts', 'src/cli/account.ts', 'src/cli/keys.ts', 'src/platform/hashing/hash-worker.js'],
    entryNames: '[name]',
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    minifyWhitespace: true,
    // Native code, files found beside the package, and what packages try to load in case it is there.
    external: ['bcrypt', 'better-sqlite3', 'piscina', 'altair-static', 'class-validator', 'pg-native'],
    // In a bundle Apollo does not find node:crypto, and would hash each query in JavaScript.
    alias: { 'sha.js': './scripts/native-hash.cjs' },
    // For packages that are CommonJS.
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    logLevel: 'warning',
  });
}

async function build() {
  rmSync('dist', { recursive: true, force: true });
  run('scripts/generate.mjs');
  await bundleAll();
  writeFileSync(stamp, '');
}

if (!(process.argv.includes('--if-needed') && isUpToDate())) {
  console.log('Building Latchkey …');
  await build();
}
