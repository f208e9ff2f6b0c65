// Runs the suite on another version of Node, which comes from npm:
//   npm run test:node -- VERSION [what vitest takes], for example: npm run test:node -- 22 tests/platform
// In a copy of the tree with packages of its own, since a native module works with the version that it was installed for.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What npm publishes for each system: the binary, and the headers that native modules are compiled with. */
const platform = process.platform === 'win32' ? 'win' : process.platform;
const packageName = `node-${platform}-${process.arch}`;

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (error) throw error;
  if (status !== 0) throw new Failed(status ?? 1);
}

/** A command ended with this status, and has said why. */
class Failed extends Error {
  constructor(status) {
    super();
    this.status = status;
  }
}

/** All files that git would commit, as they are now. */
function copyTree(target) {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const file of listed.split('\0')) if (file && existsSync(file)) cpSync(file, join(target, file));
}

/** Installs this Node in `folder`. Answers the environment in which npm, and all that it starts, run on it. */
function installNode(version, folder) {
  run('npm', ['install', '--silent', '--no-save', '--no-audit', '--prefix', folder, `${packageName}@${version}`]);
  const home = join(folder, 'node_modules', packageName);
  return { ...process.env, PATH: join(home, 'bin') + delimiter + process.env.PATH, npm_config_nodedir: home };
}

function testOn(version, args) {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-node-${version}-`));
  try {
    const env = installNode(version, join(folder, 'node'));
    const options = { cwd: join(folder, 'tree'), env };
    copyTree(options.cwd);
    run('node', ['--version'], options);
    run('npm', ['ci', '--no-audit'], options);
    run('npm', ['test', '--', ...args], options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [version, ...args] = process.argv.slice(2);
if (!/^\d+(\.\d+)*$/.test(version ?? '')) {
  console.error('Usage: npm run test:node -- VERSION [what vitest takes]; for example 22, or 20.19 tests/platform');
  process.exit(2);
}
try {
  testOn(version, args);
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  process.exitCode = error.status;
}
