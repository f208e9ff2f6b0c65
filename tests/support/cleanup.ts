import { onTestFinished } from 'vitest';

type Work = () => unknown;
const ofThisFile: Work[] = [];

/**
 * Puts back what a test took, latest first: after the test that is running, or after the whole file where none is
 * (`beforeAll`, top level). Not for `test.concurrent`, where vitest cannot say which test is running.
 */
export function afterwards(work: Work): void {
  try {
    onTestFinished(async () => void (await work()));
  } catch {
    ofThisFile.push(work);
  }
}

/** What `afterwards` has left for the end of the file; tests/support/setup.ts calls it there. */
export async function cleanUp(): Promise<void> {
  for (const work of ofThisFile.splice(0).reverse()) await work();
}
