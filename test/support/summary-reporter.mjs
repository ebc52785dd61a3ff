/** Ends a run with one plain line, "N passed, N failed, N skipped", for readers that know nothing of jest. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A file that does not even load counts no test; without this it would read "0 failed".
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    // jest's own summary always comes after every other reporter; a pipe or file is written to at once.
    process.once("exit", () => process.stdout.write(line));
  }
}
