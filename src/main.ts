// The process. It listens to signals before it loads anything that takes time: a supervisor may change its mind at once.

/** Ends the service in order; until it has started there is nothing to close. What is half migrated is rolled back. */
let stop: (signal: string) => Promise<void> = async () => process.exit(0);
let stopping = false;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void stop(signal);
  });
}

const { start } = await import('./start.js');
await start((inOrder) => {
  stop = inOrder;
});

export {};
