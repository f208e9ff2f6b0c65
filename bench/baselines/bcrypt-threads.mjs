// What the machine can hash: one thread a core, and nothing but bcryptjs or bcrypt in them. Prints the passwords a second,
// null where that package does not load.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [name, cost, seconds] = isMainThread ? process.argv.slice(2) : workerData;
const password = 'correct horse battery staple';

function verifyFor(bcrypt) {
  const hash = bcrypt.hashSync(password, Number(cost));
  const startedAt = performance.now();
  let done = 0;
  for (; performance.now() - startedAt < Number(seconds) * 1_000; done++) bcrypt.compareSync(password, hash);
  return done / ((performance.now() - startedAt) / 1_000);
}

function perSecondOfThread() {
  const thread = new Worker(new URL(import.meta.url), { workerData: [name, cost, seconds] });
  return new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
}

/** Of all threads together. */
async function perSecond() {
  if (!(await import(name).catch(() => null))) return null;
  const all = await Promise.all(Array.from({ length: availableParallelism() }, perSecondOfThread));
  return all.reduce((sum, each) => sum + each);
}

if (isMainThread) console.log(JSON.stringify({ perSecond: await perSecond() }));
else parentPort.postMessage(verifyFor((await import(name)).default));
