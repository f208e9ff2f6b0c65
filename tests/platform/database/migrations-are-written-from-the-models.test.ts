import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { cleanEnvironment } from '../../support/built.js';
import { engines, freshDir } from '../../support/databases.js';

vi.setConfig({ testTimeout: 120_000 });

/** `npm run migration` in a folder with a copy of our models and migrations. */
async function project() {
  const cwd = await freshDir();
  mkdirSync(join(cwd, 'prisma'));
  cpSync('prisma', join(cwd, 'prisma'), { recursive: true });
  const tsx = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href;
  const run = (...args: string[]) => {
    const command = ['--import', tsx, resolve('scripts/migration.mjs'), ...args];
    return new Promise<{ status: unknown; stderr: string }>((done) => {
      execFile(process.execPath, command, { cwd, env: cleanEnvironment({}) }, (error, _stdout, stderr) =>
        done({ status: error?.code ?? 0, stderr }),
      );
    });
  };
  const models = join(cwd, 'prisma/schema.prisma');
  const migrations = (engine: string) =>
    readdirSync(join(cwd, 'prisma/migrations', engine)).filter((name) => !name.endsWith('.toml'));
  return { cwd, run, models, migrations };
}

test('ours are complete, and there is nothing to write', async () => {
  const { run } = await project();
  expect(await run('--check')).toEqual({ status: 0, stderr: '' });
  expect(await run('again')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Nothing in prisma/schema.prisma has changed'),
  });
});

test('a changed model is noticed, and becomes a migration for both engines', async () => {
  const { cwd, run, models, migrations } = await project();
  const changed = readFileSync(models, 'utf8').replace(
    'lastName        String?',
    'lastName        String?\n  motto String?',
  );
  writeFileSync(models, changed);
  expect(await run('--check')).toMatchObject({ status: 1, stderr: expect.stringContaining('no migration makes') });
  for (const bad of ['Add-Motto', '../motto', '']) expect((await run(bad)).status).toBe(2);
  expect(await run('init')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('There is a migration called init'),
  });
  expect(await run('add_motto')).toEqual({ status: 0, stderr: '' });
  expect((await run('--check')).status).toBe(0);
  for (const engine of engines) {
    const [name = ''] = migrations(engine).filter((each) => /^\d{14}_add_motto$/.test(each));
    const sql = readFileSync(join(cwd, 'prisma/migrations', engine, name, 'migration.sql'), 'utf8');
    expect(sql).toMatch(/ALTER TABLE "User" ADD COLUMN\s+"motto" TEXT;/);
  }
});

test('without any, the first makes all tables', async () => {
  const { cwd, run, migrations } = await project();
  rmSync(join(cwd, 'prisma/migrations'), { recursive: true });
  expect(await run('init')).toEqual({ status: 0, stderr: '' });
  for (const engine of engines) {
    const sql = readFileSync(
      join(cwd, 'prisma/migrations', engine, migrations(engine)[0] ?? '', 'migration.sql'),
      'utf8',
    );
    expect(sql).toContain('CREATE TABLE "User"');
    // It would need a right that a database's user may lack.
    expect(sql).not.toContain('CREATE SCHEMA');
  }
});
