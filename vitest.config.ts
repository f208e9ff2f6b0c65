import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  // graphql comes as ESM and as CJS, and vitest would load both: then nothing is `instanceof` what the other half made.
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }] },
  // What tsconfig.json says of decorators and class fields; it covers src/ only, so it is said again for tests.
  oxc: {
    decorator: { legacy: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
    assumptions: { setPublicClassFields: true },
  },
  test: {
    // Real servers and hashing on machines that may be slow: a limit is there to end a hang, not to measure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    // Two more than there are cores, since tests wait a lot: for timers, for other processes, for the disk. Not many more:
    // a container's share of a large machine is not what Node takes for its cores.
    maxWorkers: Math.min(8, Math.max(2, availableParallelism()) + 2),
    projects: [
      // The import rules need nothing running: `vitest run --project architecture` is part of `npm run check`.
      { extends: true, test: { name: 'architecture', include: ['tests/architecture.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'latchkey',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/architecture.test.ts'],
          globalSetup: 'tests/support/global-setup.ts',
          setupFiles: 'tests/support/setup.ts',
          // Loading the whole service anew for each of a hundred files would take longer than the tests.
          isolate: false,
        },
      },
    ],
  },
});
