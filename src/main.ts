// The process. It handles signals before it loads anything that takes time: one may come at once.
import { oneLine } from './platform/one-line.js';
import { createShutdown } from './platform/shutdown.js';
import { timeLimits } from './platform/time-limits.js';

/** npm passes a signal on that its whole process group has received already: one Ctrl-C arrives twice. */
const isPassedOn = ['start', 'dev'].includes(process.env.npm_lifecycle_event ?? '');

const shutdown = createShutdown({
  exit: process.exit,
  timeoutMs: timeLimits.stopMs,
  sameSignalMs: isPassedOn ? 1_000 : 0,
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, shutdown.onSignal);

// Without a listener, an error that cannot be written to standard error is an uncaught exception.
process.stderr.on('error', () => {});

try {
  const { start } = await import('./start.js');
  await start(shutdown.onStarted);
} catch (error) {
  process.stderr.write(`Latchkey cannot start: ${oneLine(error)}\n`);
  process.exit(1);
}
