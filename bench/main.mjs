/**
 * Measures the build in dist/ against rivals and naive twins in the same run, and prints a row for each figure.
 *
 *   npm run bench                      all benchmarks but those that take minutes or fetch something: download, engines, reward-accuracy
 *   npm run bench -- NAME … [--record] some; --record appends the rows to bench/RESULTS.md
 *
 * Ends with status 1 where a target is missed or an answer is wrong.
 */
import { parseArgs } from "node:util";
import { Results } from "./support/results.mjs";

/** Each module exports run(results, scratch). */
const BENCHMARKS = {
  "nested-page": "./nested-page.mjs",
  agreement: "./agreement.mjs",
  alpha: "./alpha.mjs",
  leaderboard: "./leaderboard.mjs",
  "labeler-quality": "./labeler-quality.mjs",
  import: "./import.mjs",
  "import-memory": "./import-memory.mjs",
  paging: "./paging.mjs",
  download: "./download.mjs",
  jobs: "./jobs.mjs",
  training: "./training.mjs",
  ppo: "./ppo.mjs",
  "reward-accuracy": "./reward-accuracy.mjs",
  engines: "./engines.mjs",
};
/** They take long, or fetch something, and are run where they are asked for. */
const ON_REQUEST = ["download", "engines", "reward-accuracy"];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { record: { type: "boolean" } } });
const unknown = positionals.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}; there are ${Object.keys(BENCHMARKS).join(", ")}.`);
  process.exit(2);
}
const byDefault = Object.keys(BENCHMARKS).filter((name) => !ON_REQUEST.includes(name));
const results = new Results({ record: values.record ?? false });
console.log("| what | command | commit | before → after | ratio | machine |\n|---|---|---|---|---|---|");
for (const name of positionals.length > 0 ? positionals : byDefault) {
  const { run } = await import(BENCHMARKS[name]);
  await run(results);
}
if (results.missed.length > 0) {
  console.error(`Targets missed: ${results.missed.join("; ")}.`);
  process.exitCode = 1;
}
