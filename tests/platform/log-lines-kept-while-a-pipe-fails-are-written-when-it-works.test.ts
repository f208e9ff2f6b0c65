import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLogOutput } from '../../src/platform/log-output.js';
import { afterwards } from '../support/cleanup.js';
import { freshDir } from '../support/databases.js';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A named pipe, whose reader can go and come back. */
async function openPipe() {
  const file = path.join(await freshDir(), 'pipe');
  execFileSync('mkfifo', [file]);
  const openReader = () => openSync(file, O_RDONLY | O_NONBLOCK);
  const reader = openReader();
  const writer = openSync(file, O_WRONLY | O_NONBLOCK);
  afterwards(() => closeSync(writer));
  return { reader, openReader, writer };
}

/** As Latin-1, in which a piece that ends within a character of UTF-8 is whole. */
function readAll(fd: number): string {
  const buffer = Buffer.alloc(1_000_000);
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
    throw error;
  }
}

test.runIf(process.platform !== 'win32')(
  'a reader that comes back gets the lines since it went, in order',
  async () => {
    const { reader, openReader, writer } = await openPipe();
    const output = createLogOutput(writer);
    output.write('one\n');
    expect(readAll(reader)).toBe('one\n');
    closeSync(reader);
    output.write('two\n');
    output.write('three\n');
    const next = openReader();
    afterwards(() => closeSync(next));
    await output.flush(10_000);
    expect(readAll(next)).toBe('two\nthree\n');
  },
);

test.runIf(process.platform !== 'win32')(
  'lines that are dropped are counted, and flush ends by its timeout',
  async () => {
    const { reader, writer } = await openPipe();
    const output = createLogOutput(writer);
    const dropped = new Promise<number>((resolve) => output.onRecovery(resolve));
    const line = `${'é'.repeat(4_999)}x\n`; // 10 kB
    const count = 200;
    for (let i = 0; i < count; i++) output.write(line);
    await output.flush(1);

    let text = '';
    const reading = setInterval(() => (text += readAll(reader)), 1);
    afterwards(() => clearInterval(reading));
    const lost = await dropped;
    expect(lost).toBeGreaterThan(0);
    await expect.poll(() => text).toBe(Buffer.from(line.repeat(count - lost)).toString('latin1'));
    closeSync(reader);
  },
);
