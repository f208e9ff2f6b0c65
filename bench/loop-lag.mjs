// Loaded into a server with --import: says how late its event loop is. SIGUSR2 prints the p99 since the last one, in ms.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 5;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.on('SIGUSR2', () => {
  // The histogram counts the timer's own period as well.
  process.stdout.write(`${JSON.stringify({ lagP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolution) })}\n`);
  delay.reset();
});
