// Loaded into the servers that are measured, with --import. SIGUSR2 prints, as one line of JSON, the CPU time that the
// process has taken so far and the p99 of its event loop's delay since the last signal.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 5;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  // The histogram counts the timer's own period as well.
  const lagP99Ms = Math.max(0, delay.percentile(99) / 1e6 - resolution);
  delay.reset();
  process.stdout.write(`${JSON.stringify({ inside: { cpuUs: user + system, lagP99Ms } })}\n`);
});
