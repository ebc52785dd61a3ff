/** Ends a run with one plain line, "N passed, N failed, N skipped", for readers that know nothing of jest. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A file that does not even load counts no test; without this it would read "0 failed".
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}
