import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { afterwards } from '../../support/cleanup.js';
import { runCli } from '../../support/cli.js';
import { freshDatabaseUrl } from '../../support/databases.js';
import { testSettings } from '../../support/latchkey.js';
import { startProcess } from '../../support/process.js';
import { open } from './handles.js';
import { freshRole, sql, tablesBySchema, withParameter } from './postgresql-admin.js';
import { certificateFile, tlsFront } from './tls-front.js';

vi.setConfig({ testTimeout: 60_000 });

/** What the start says: one line that names the setting, and holds no password. */
async function lineOf(url: string): Promise<string> {
  const { message } = await open(new URL(url), { waitMs: 600 }).then(
    () => new Error('It started.'),
    (error: Error) => error,
  );
  expect(message).toMatch(/^DATABASE_URL: [^\r\n]+$/);
  expect(message).not.toContain(new URL(url).password || 'a-password');
  return message;
}

/** A server that answers every connection with these bytes and closes it. */
async function answering(bytes: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => server.close());
  return `postgres://ada:a-password@127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

describe('a line names DATABASE_URL and the reason', () => {
  test('of a wrong password, role and database name', async () => {
    const url = await freshDatabaseUrl('postgresql');
    const role = await freshRole(url);
    const wrong = new URL(role.url);
    wrong.password = 'another-password';
    expect(await lineOf(wrong.href)).toContain('password authentication failed');
    wrong.username = 'there-is-none';
    expect(await lineOf(wrong.href)).toContain('there-is-none');
    const elsewhere = new URL(role.url);
    elsewhere.pathname = '/there-is-none';
    expect(await lineOf(elsewhere.href)).toContain('database "there-is-none" does not exist');
    const without = new URL(role.url);
    without.password = '';
    expect(await lineOf(without.href)).toMatch(/password/i);
  });

  test('of a host that is unknown, or where nothing listens', async () => {
    expect(await lineOf('postgres://ada:a-password@nowhere.invalid/x')).toContain('nowhere.invalid');
    expect(await lineOf('postgres://ada:a-password@localhost:1/x')).toContain('ECONNREFUSED');
  });

  test('of missing rights: to create tables, to create a schema, to use a schema', async () => {
    const url = await freshDatabaseUrl('postgresql');
    const role = await freshRole(url);
    expect(await lineOf(role.url)).toMatch(/permission denied for schema public.*schema/);
    expect(await lineOf(withParameter(role.url, 'schema', 'accounts'))).toContain('permission denied for database');
    await sql(url, 'CREATE SCHEMA closed');
    expect(await lineOf(withParameter(role.url, 'schema', 'closed'))).toContain('right to create tables in the schema');
    expect(await tablesBySchema(url)).toEqual({});
  });

  test('of missing rights to tables that another role made', async () => {
    const url = await freshDatabaseUrl('postgresql');
    await (await open(new URL(url))).close();
    const role = await freshRole(url);
    expect(await lineOf(role.url)).toContain('permission denied for table');
    await sql(url, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO "${role.name}"`);
    expect(await lineOf(role.url)).toMatch(/no right to (INSERT|UPDATE|DELETE) on the table/);
    await sql(url, `GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "${role.name}"`);
    await open(new URL(role.url));
  });

  test('of TLS that the server does not speak, or whose certificate is not known', async () => {
    const url = await freshDatabaseUrl('postgresql');
    expect(await lineOf(withParameter(url, 'sslmode', 'require'))).toMatch(/SSL.*sslmode=disable/);
    const front = await tlsFront(url);
    for (const mode of ['require', 'verify-full', 'prefer'])
      expect(await lineOf(withParameter(front, 'sslmode', mode))).toMatch(/self-signed certificate.*sslrootcert/);
    expect(await lineOf(withParameter(front, 'sslrootcert', '/nowhere/ca.pem'))).toContain('/nowhere/ca.pem');
  });

  test.each([
    ['sslmode', 'mandatory'],
    ['sslmode', 'verify_full'],
    ['ssl', 'require'],
    ['sslnegotiation', 'fast'],
  ])('of a parameter with a value that is unknown: %s=%s', async (name, value) => {
    const front = await tlsFront(await freshDatabaseUrl('postgresql'));
    expect(await lineOf(withParameter(front, name, value))).toContain(value);
  });

  test('of a server that is no PostgreSQL, or a pooler that knows no such database', async () => {
    expect(await lineOf(await answering('HTTP/1.1 400 Bad Request\r\n\r\n'))).toContain('127.0.0.1');
    const fields = 'SFATAL\0C08P01\0Mno such database: x\nand a second line\0\0';
    const length = Buffer.alloc(4);
    length.writeInt32BE(fields.length + 4);
    expect(await lineOf(await answering(`E${length.toString('latin1')}${fields}`))).toContain(
      'no such database: x and',
    );
  });
});

test('TLS with the certificate of its authority, or without a look at it, is used', async () => {
  const front = await tlsFront(await freshDatabaseUrl('postgresql'));
  const settings: Record<string, string>[] = [
    { sslmode: 'require', sslrootcert: certificateFile },
    { sslmode: 'verify-ca', sslrootcert: certificateFile },
    { sslmode: 'no-verify' },
    { ssl: 'no-verify' },
    { sslmode: 'require', uselibpqcompat: 'true' },
  ];
  for (const parameters of settings) {
    const url = Object.entries(parameters).reduce(
      (address, [name, value]) => withParameter(address, name, value),
      front,
    );
    await (await open(new URL(url))).close();
  }
  const plain = await freshDatabaseUrl('postgresql');
  for (const [name, value] of [
    ['sslmode', 'disable'],
    ['ssl', 'false'],
    ['ssl', '0'],
  ] as const)
    await (await open(new URL(withParameter(plain, name, value)))).close();
});

describe('the process', () => {
  const settings = { ...testSettings, LOG_LEVEL: 'silent' };

  test('ends with that line alone on standard error, without a warning of the driver', async () => {
    const url = withParameter(await freshDatabaseUrl('postgresql'), 'sslmode', 'require');
    const { exited } = await startProcess({ ...settings, DATABASE_URL: url });
    const { code, stderr } = await exited;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Latchkey cannot start: DATABASE_URL: [^\n]*SSL[^\n]*\n$/);
    const command = await runCli('account', ['list'], { ...settings, DATABASE_URL: url });
    expect(command).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[^\n]*DATABASE_URL: [^\n]*SSL[^\n]*\n$/),
    });
  });

  test('prints nothing on standard error where sslmode=require works', async () => {
    const front = await tlsFront(await freshDatabaseUrl('postgresql'));
    const url = withParameter(withParameter(front, 'sslmode', 'require'), 'sslrootcert', certificateFile);
    const node = await startProcess({ ...settings, LOG_LEVEL: 'info', DATABASE_URL: url });
    await node.listening;
    expect(node.output().stderr).toBe('');
  });
});
