/** The commands that bring data in and out, divide it and give keys to it. */
import type { Command } from "commander";
import { ROLES, SPLIT_GROUPINGS, SPLITS, STAGES } from "../vocabulary.js";
import { exportDataset } from "./commands/export.js";
import { importFile } from "./commands/import.js";
import { revokeKeyById, showKeys, showNewKey } from "./commands/keys.js";
import { splitDataset } from "./commands/splits.js";
import { showStats } from "./commands/stats.js";
import type { Client } from "./server/client.js";
import { jsonObject, time } from "./terminal/option-values.js";
import { json, real, whole, word } from "./terminal/options.js";

export function addDataCommands(accord: Command, client: () => Client): void {
  accord
    .command("import")
    .description("send a file (.gz too; - for standard input) into a dataset, which is made if it is new")
    .argument("<file>")
    .option("-d, --dataset <slug>", "the dataset (default: the file's name)")
    .option("-f, --format <format>", "the file's format", "native")
    .option(...json)
    .action((file, options) => importFile(client(), file, options));
  accord
    .command("export")
    .description("write a dataset as NDJSON to standard output or a file")
    .argument("<slug>")
    .option("-o, --output <file>", "the file; gzip when it ends in .gz")
    .option("-f, --format <format>", "the format", "native")
    .addOption(word("--split <split>", "prompts of this split only", SPLITS))
    .addOption(word("--stage <stage>", "prompts of this stage only", STAGES))
    .option(
      "--filter <json>",
      `prompts of this PromptFilter only, such as '{"useCases":["CHAT"],"minRankings":1}'`,
      jsonObject,
    )
    .option("--revision <n>", "as of this revision", whole)
    .option("--report", "say what the format will lose instead")
    .option(...json)
    .action((slug, options) => exportDataset(client(), slug, options));

  const keys = accord.command("keys").description("make, revoke and list API keys");
  keys
    .command("create")
    .argument("<name>")
    .addOption(word("--role <role>", "what it may do", ROLES).makeOptionMandatory())
    .option(
      "--dataset <slug>",
      "grant a dataset; may be repeated",
      (slug, all: string[]) => [...all, slug],
      [] as string[],
    )
    .option("--labeler <handle>", "whose key it is, for role LABELER")
    .option("--expires <time>", "ISO 8601, such as 2027-01-01T00:00:00Z", time)
    .option(...json)
    .action((name, options) => showNewKey(client(), name, options));
  keys
    .command("revoke")
    .argument("<id>")
    .option(...json)
    .action((id, options) => revokeKeyById(client(), id, options));
  keys
    .command("list")
    .option(...json)
    .action((options) => showKeys(client(), options));

  accord
    .command("stats")
    .description("the sizes of a dataset: splits by stage, use cases, sources")
    .argument("<slug>")
    .option(...json)
    .action((slug, options) => showStats(client(), slug, options));
  accord
    .command("splits")
    .description("give the prompts of a dataset their splits; an author's prompts, and equal texts, stay in one")
    .argument("<slug>")
    .option("--train <x>", "the share of TRAIN, 0 to 1 (default: what the others leave; 0.8)", real)
    .option("--validation <x>", "the share of VALIDATION, 0 to 1 (default: what the others leave; 0.1)", real)
    .option("--test <x>", "the share of TEST, 0 to 1 (default: what the others leave; 0.1)", real)
    .option("--seed <n>", "equal seeds give equal splits, -2147483648 to 2147483647 (default: 0)", whole)
    .addOption(word("--group-by <what>", "what is kept together", SPLIT_GROUPINGS, "AUTHOR"))
    .option("--all", "divide all anew (default: only prompts without a split)")
    .option(...json)
    .action((slug, options) => splitDataset(client(), slug, options));
}
