import path from "node:path";

/** How many files the list of the slowest names. */
const SLOWEST = 10;

/**
 * Ends a run with the files that took longest and one plain line, "N passed, N failed, N skipped", for readers that
 * know nothing of jest.
 */
export default class SummaryReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    // A file that does not even load counts no test; without this it would read "0 failed".
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    // jest's own summary always comes after every other reporter; a pipe or file is written to at once.
    process.once("exit", () => process.stdout.write(`${this.slowest(results.testResults)}${line}`));
  }

  /** The slowest files, slowest first, one a line; nothing when only one ran. */
  slowest(testResults) {
    if (testResults.length < 2) return "";
    const files = testResults
      .map(({ testFilePath, perfStats }) => ({ file: testFilePath, seconds: perfStats.runtime / 1000 }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, SLOWEST)
      .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${path.relative(this.rootDir, file)}\n`);
    return `Slowest files:\n${files.join("")}\n`;
  }
}
