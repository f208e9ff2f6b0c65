// Prints `N passed, N failed` from vitest's JSON; exit status 1 where anything failed, the run itself included.
import { readFileSync } from 'node:fs';

const [file = '', exitStatus] = process.argv.slice(2);

/** Without results, tests were never reached, or the run broke off: then nothing has passed. */
function readResults() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

const { numPassedTests: passed, numFailedTests, testResults } = readResults();
// A file that could not be loaded, or whose hooks failed, has no failed test to count.
const brokenFiles = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
const counted = numFailedTests + brokenFiles.length;
// The run failed for another reason, such as an unhandled rejection, or nothing ran at all.
const failed = counted === 0 && (exitStatus !== '0' || passed === 0) ? 1 : counted;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
