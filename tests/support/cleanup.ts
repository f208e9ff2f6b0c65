import { afterAll, onTestFinished } from 'vitest';

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

afterAll(async () => {
  for (const work of ofThisFile.splice(0).reverse()) await work();
});
