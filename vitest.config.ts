import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const require = createRequire(import.meta.url);

/** Files that take longest, most of it waiting: begun last, one of them would go on alone when all others are done. */
const longest = [
  'a-key-is-published-before-it-signs-and-until-its-last-token-has-expired',
  'a-signal-stops-the-service-in-order',
  'postgresql-out-of-reach-is-service-unavailable',
  'when-the-keys-command-returns-every-node-has-noticed',
  'session-life-cycle',
  'an-smtp-outage-loses-no-mail',
  'transactions-are-all-or-nothing',
  'output-that-cannot-be-written-stops-nothing',
  'a-reset-token-is-spent-once-by-a-password-that-is-accepted',
  'operator-commands-take-effect-on-every-node-before-they-return',
  'operator-commands-do-not-interrupt-running-nodes',
  'a-postgresql-that-cannot-be-used-is-one-line',
  'four-nodes-behind-a-proxy-serve-as-one',
];

class LongestFirst extends BaseSequencer {
  /** The rest as vitest sorts it: by what it remembers of the last run, or by size. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found === -1 ? longest.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

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
    sequence: { sequencer: LongestFirst },
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
