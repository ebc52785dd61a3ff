/** The commands that compute from judgments. */
import type { Command } from "commander";
import {
  AGREEMENT_CLUSTERS,
  AGREEMENT_MEASURES,
  LABELER_POOLS,
  OUTPUT_LABELS,
  PROMPT_SOURCES,
  RATING_METHODS,
  SPLITS,
  TIE_POLICIES,
  USE_CASES,
} from "../vocabulary.js";
import { showAgreement } from "./commands/agreement.js";
import { showLeaderboard } from "./commands/leaderboard.js";
import { showQuality } from "./commands/quality.js";
import type { Client } from "./server/client.js";
import { time } from "./terminal/option-values.js";
import { json, whole, word, words } from "./terminal/options.js";

export function addAnalysisCommands(accord: Command, client: () => Client): void {
  const judgments = (command: Command): Command =>
    command
      .addOption(word("--pool <pool>", "labelers of this pool only", LABELER_POOLS))
      .option("--labelers <ids>", "these labelers only, separated by commas")
      .addOption(word("--split <split>", "prompts of this split only", SPLITS))
      .addOption(words("--use-cases <list>", "prompts of these use cases only", USE_CASES))
      .addOption(words("--sources <list>", "prompts that came from these only", PROMPT_SOURCES))
      .option("--from <time>", "judged at this time or later, such as 2026-01-05T10:00:00Z", time)
      .option("--to <time>", "judged before this time", time)
      .option("--instructions <id>", "judged under this version of the instructions")
      .addOption(word("--cluster <cluster>", "what a resample draws", AGREEMENT_CLUSTERS).default("PROMPT"))
      .option("--resamples <n>", "200 to 20,000", whole, 1000)
      .option("--seed <n>", "equal seeds give equal intervals", whole, 0);
  const measured = (command: Command): Command =>
    judgments(
      command
        .argument("<slug>")
        .addOption(word("--measure <measure>", "what is compared", AGREEMENT_MEASURES).default("RANKING"))
        .addOption(word("--label <label>", "which label; with --measure LABEL, and needed there", OUTPUT_LABELS)),
    );
  measured(accord.command("agreement"))
    .description("how far labelers agree, with intervals: a table, or a whole report as a page, CSV or JSON")
    .addOption(word("--tie-policy <policy>", "how ties count", TIE_POLICIES).default("EXACT"))
    .option("--min-units <n>", "in a report: pairs of labelers that share at least so many units (default: 10)", whole)
    .option("--html <file>", "write the report as one standalone page (- for standard output)")
    .option("--csv", "print every figure of the report as CSV")
    .option("--json", "print the report as JSON")
    .action((slug, options) => showAgreement(client(), slug, options));
  measured(accord.command("quality"))
    .description("what the judgments say of each labeler: consensus, models, and signals with their evidence")
    .option("--flagged", "only labelers with a signal that is flagged")
    .option("--csv", "print comma-separated values, a line for each signal")
    .option(...json)
    .action((slug, options) => showQuality(client(), slug, { ...options, tiePolicy: "EXACT" }));
  judgments(
    accord
      .command("leaderboard")
      .description("which sources' completions are preferred, with intervals of rating and rank")
      .argument("<slug>")
      .addOption(word("--method <method>", "how sources are rated", RATING_METHODS).default("BRADLEY_TERRY")),
  )
    .option("--csv", "print comma-separated values")
    .option(...json)
    .action((slug, options) => showLeaderboard(client(), slug, options));
}
