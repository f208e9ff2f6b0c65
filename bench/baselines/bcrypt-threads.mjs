// What the machine can hash: one thread a core, and nothing but bcryptjs in them. Prints the passwords a second.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import bcrypt from 'bcryptjs';

const [cost, seconds] = process.argv.slice(2).map(Number);

function hashFor({ cost, seconds }) {
  const hash = bcrypt.hashSync('correct horse battery staple', cost);
  const until = performance.now() + seconds * 1_000;
  let done = 0;
  while (performance.now() < until) done += bcrypt.compareSync('correct horse battery staple', hash) ? 1 : 0;
  parentPort.postMessage(done);
}

if (isMainThread) {
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL(import.meta.url), { workerData: { cost, seconds } }),
  );
  const counts = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  console.log(JSON.stringify({ perSecond: counts.reduce((sum, count) => sum + count) / seconds }));
} else {
  hashFor(workerData);
}
