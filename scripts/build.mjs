// Builds dist/: the Prisma clients, then the code. With --if-needed only when a source is newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stamp = 'dist/built';
const inputs = ['src', 'prisma/schema.prisma', 'scripts', 'package.json', 'tsconfig.json'];

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

function build() {
  rmSync('dist', { recursive: true, force: true });
  run('scripts/generate.mjs');
  run('node_modules/typescript/bin/tsc');
  writeFileSync(stamp, '');
}

if (!(process.argv.includes('--if-needed') && isUpToDate())) {
  console.log('Building Latchkey …');
  build();
}
