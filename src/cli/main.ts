#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ConfigError, readClientConfig } from "../config/config.js";
import {
  AGREEMENT_CLUSTERS,
  AGREEMENT_MEASURES,
  EVALUATION_METRICS,
  JOB_KINDS,
  JOB_LANES,
  JOB_STATUSES,
  LABELER_POOLS,
  OUTPUT_LABELS,
  PROMPT_SOURCES,
  RATING_METHODS,
  RECIPES,
  ROLES,
  SPLIT_GROUPINGS,
  SPLITS,
  STAGES,
  TIE_POLICIES,
  TOKENIZER_KINDS,
  USE_CASES,
} from "../vocabulary.js";
import { showAgreement } from "./commands/agreement.js";
import { evaluate, startScoring } from "./commands/evaluate.js";
import { exportDataset } from "./commands/export.js";
import { followJob } from "./commands/follow-job.js";
import { importFile } from "./commands/import.js";
import {
  cancelJobById,
  deleteJobById,
  printEnd,
  retryJobById,
  showJob,
  showJobs,
  showModels,
} from "./commands/jobs.js";
import { revokeKeyById, showKeys, showNewKey } from "./commands/keys.js";
import { showLeaderboard } from "./commands/leaderboard.js";
import { downloadModel, sendModel } from "./commands/model-files.js";
import { showQuality } from "./commands/quality.js";
import { runQuery } from "./commands/query.js";
import { splitDataset } from "./commands/splits.js";
import { showStats } from "./commands/stats.js";
import { fineTune, startGeneration, trainFromScratch, trainPolicy, trainRewardModelOn } from "./commands/train.js";
import { Client, Refusal, WrongUsage } from "./server/client.js";
import { watchPipes, whenPipeBreaks } from "./terminal/broken-pipe.js";
import { jsonObject, knownWords, time } from "./terminal/option-values.js";

/** Exit statuses: 0 fine, 1 refused, 2 wrong usage. */
const REFUSED = 1;
const WRONG = 2;

const ENVIRONMENT = `
Environment:
  ACCORD_URL      the server (default http://127.0.0.1:4000)
  ACCORD_API_KEY  the API key
Exit status: 0 fine, 1 refused, 2 wrong usage.`;

const client = (): Client => new Client(readClientConfig(process.env));

/** A server does not end because nobody reads its log. */
const serveOn = (): void => {};

const whole = (text: string): number => {
  if (!/^-?\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
};

const real = (text: string): number => {
  if (text.trim() === "" || !Number.isFinite(Number(text))) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
};

/** An option whose value is one of a list of words, in any case. @param absent what counts where it is not given */
const word = (flags: string, description: string, words: readonly string[], absent?: string): Option =>
  new Option(
    flags,
    `${description}: ${words.join(", ")}${absent === undefined ? "" : ` (default: ${absent})`}`,
  ).argParser((value: string) => {
    const found = words.find((known) => known === value.toUpperCase().replaceAll("-", "_"));
    if (!found) throw new InvalidArgumentError(`It must be one of ${words.join(", ")}.`);
    return found;
  });

/** An option whose value is a list of words, separated by commas. */
const words = (flags: string, description: string, there: readonly string[]): Option =>
  new Option(flags, `${description}, separated by commas: ${there.join(", ")}`).argParser((list: string) =>
    knownWords(list, there).join(","),
  );

const json = ["--json", "print JSON"] as const;

/** The server's code is loaded by `start` and `demo` only: the other commands answer at once. */
function program(): Command {
  const accord = new Command("accord")
    .description("The data and the evaluation of RLHF, behind a GraphQL API.")
    .addHelpText("after", ENVIRONMENT)
    .showHelpAfterError("(accord --help says more)");

  accord
    .command("start")
    .description("serve the data of DATA_DIR, or of DATABASE_URL")
    .option("--json", "print the address and a first key as JSON")
    .action(async (options) => {
      whenPipeBreaks(serveOn);
      await (await import("../run-server.js")).runServer(process.env, options);
    });
  accord
    .command("worker")
    .description(
      "run jobs of the server that shares DATABASE_URL and DATA_DIR; JOB_SLOTS trainings and SHORT_SLOTS short jobs at once",
    )
    .action(async () => {
      whenPipeBreaks(serveOn);
      await (await import("../run-server.js")).runWorker(process.env);
    });
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
  const starts = (command: Command): Command =>
    command.option("--detach", "do not wait for the end (default: follow the job to its end)").option(...json);
  const trains = (command: Command): Command =>
    starts(command)
      .argument("<slug>", "the dataset")
      .option(
        "--name <name>",
        "the name of the model, 1 to 200 characters (default: dataset, kind and number of the job)",
      )
      .option("--learning-rate <x>", "the highest rate of the schedule, above 0 to 1 (default: by the recipe)", real)
      .addOption(word("--recipe <recipe>", "where values not given come from", RECIPES, "AUTO"))
      .option("--seed <n>", "equal seeds give equal models, -2147483648 to 2147483647 (default: 0)", whole);
  const sizes = (command: Command): Command =>
    command
      .option("--layers <n>", "from scratch: blocks, 1 to 96 (default: 4)", whole)
      .option("--heads <n>", "from scratch: attention heads of a block, 1 to 96 (default: 4)", whole)
      .option(
        "--width <n>",
        "from scratch: numbers of a token's vector, a multiple of the heads, at most 12288 (default: 128)",
        whole,
      )
      .option(
        "--context <n>",
        "from scratch: tokens seen at once, 8 to 2048 (default: what nearly all examples fit)",
        whole,
      )
      .option(
        "--vocabulary <n>",
        "from scratch: tokens there are at most, 257 to 65536 (default: 4096; GPT2 has 50257, BYTES 257)",
        whole,
      )
      .addOption(word("--tokenizer <kind>", "from scratch: how texts become tokens", TOKENIZER_KINDS, "TRAINED_BPE"));
  sizes(trains(accord.command("pretrain").description("train a new model on the text of a dataset")))
    .option("--steps <n>", "steps of the optimizer, 1 to 1000000 (default: by the recipe)", whole)
    .option("--batch-size <n>", "sequences a step, 1 to 512 (default: by the recipe)", whole)
    .action(async (slug, options) => void (await trainFromScratch(client(), slug, options)));
  sizes(
    trains(
      accord
        .command("sft")
        .description("fine-tune a model on the demonstrations of a dataset, from scratch or from --base"),
    ),
  )
    .option("--base <model>", "the id of the model to begin from: PRETRAINED, IMPORTED or SFT (default: from scratch)")
    .option("--base-job <job>", "the id of a job whose model to begin from; this one waits for it")
    .option("--epochs <n>", "how often each example is read, 1 to 1000 (default: by the recipe)", whole)
    .option("--batch-size <n>", "examples a step, 1 to 512 (default: by the recipe)", whole)
    .option("--dropout <x>", "the share of residual activations dropped, 0 to below 1 (default: by the recipe)", real)
    .option("--mix <x>", "the share of pretraining text among a step's sequences, 0 to 0.9 (default: 0)", real)
    .option("--reward <model>", "the id of a reward model that chooses the parameters (default: the loss does)")
    .action(async (slug, options) => void (await fineTune(client(), slug, options)));
  trains(accord.command("reward-model").description("train a reward model on the rankings of a dataset"))
    .option("--sft <model>", "the id of the model that it is made of: SFT, PRETRAINED or IMPORTED; or give --sft-job")
    .option("--sft-job <job>", "the id of a job whose model it is made of; this one waits for it")
    .option("--epochs <n>", "how often each comparison is read, 1 to 1000 (default: by the recipe)", whole)
    .option("--batch-prompts <n>", "prompts a step, 1 to 512 (default: by the recipe)", whole)
    .option("--dropout <x>", "the share of residual activations dropped, 0 to below 1 (default: 0)", real)
    .option("--weight-decay <x>", "AdamW's weight decay, of matrices alone, 0 to 1 (default: 0)", real)
    .action(async (slug, options) => void (await trainRewardModelOn(client(), slug, options)));
  trains(accord.command("ppo").description("train a policy against a reward model on the prompts of a dataset"))
    .option(
      "--sft <model>",
      "the id of the model that it begins as: SFT, PRETRAINED, IMPORTED or POLICY; or give --sft-job",
    )
    .option("--sft-job <job>", "the id of a job whose model it begins as; this one waits for it")
    .option("--reward <model>", "the id of the reward model, of the same tokenizer; or give --reward-job")
    .option("--reward-job <job>", "the id of a job that makes the reward model; this one waits for it")
    .option("--all-prompts", "answer all prompts of TRAIN (default: those of stage PPO)")
    .option("--episodes <n>", "responses in the whole run, 1 to 10000000 (default: by the recipe)", whole)
    .option("--batch-size <n>", "responses an iteration, 1 to 512 (default: by the recipe)", whole)
    .option(
      "--minibatch-size <n>",
      "responses a step of the optimizers, a divisor of the batch size (default: by the recipe)",
      whole,
    )
    .option("--kl <x>", "what a nat of KL from the beginning costs, in scores, 0 to 1000 (default: 0.02)", real)
    .option(
      "--max-tokens <n>",
      "tokens of a response at most, 1 to the window less 1 (default: half of the window)",
      whole,
    )
    .option(
      "--ptx <x>",
      "what a nat of loss on pretraining text costs, in scores, 0 to 1000000 (default: 0; PPO-ptx: 27.8)",
      real,
    )
    .action(async (slug, options) => void (await trainPolicy(client(), slug, options)));
  starts(
    accord
      .command("generate")
      .description("let a model answer the prompts of a dataset; the completions are stored under its name")
      .argument("<slug>", "the dataset")
      .requiredOption("--model <model>", "the id of the model; no reward model")
      .option("--samples <n>", "completions of each prompt, 1 to 64 (default: 4)", whole)
      .option(
        "--temperature <x>",
        "what the logits are divided by: 0.01 to 10, or 0 for the likeliest token each time (default: 1)",
        real,
      )
      .option("--max-prompts <n>", "at most so many prompts, the oldest first, 1 to 100000 (default: all)", whole)
      .option("--max-tokens <n>", "tokens of a completion at most, 1 to the window less 1 (default: half of it)", whole)
      .addOption(word("--split <split>", "prompts of this split only", SPLITS, "all that are not excluded"))
      .option("--seed <n>", "equal seeds give equal completions, -2147483648 to 2147483647 (default: 0)", whole),
  ).action(async (slug, options) => void (await startGeneration(client(), slug, options)));
  starts(
    accord
      .command("score")
      .description("let a reward model score the completions of a dataset")
      .argument("<slug>", "the dataset")
      .requiredOption("--model <model>", "the id of the reward model")
      .addOption(
        new Option("--source <name>", "completions of this source only; may be repeated up to 1000 times")
          .argParser((name: string, all: readonly string[]) => [...all, name])
          .default([], "all sources"),
      )
      .addOption(word("--split <split>", "prompts of this split only", SPLITS, "all that are not excluded")),
  ).action(async (slug, options) => void (await startScoring(client(), slug, options)));
  starts(
    accord
      .command("evaluate")
      .description("evaluate a model, or the completions of a source, on a split of a dataset, with intervals")
      .argument("<slug>", "the dataset")
      .option("--model <model>", "the id of the model; or give --source")
      .option("--source <name>", "the source of the completions, instead of a model")
      .addOption(
        new Option("--metrics <list>", `one or more, separated by commas, each once: ${EVALUATION_METRICS.join(", ")}`)
          .argParser((list: string) => knownWords(list, EVALUATION_METRICS, { once: true }))
          .makeOptionMandatory(),
      )
      .option("--judge <model>", "the id of the reward model that judges; MEAN_SCORE and WIN_RATE need one")
      .option("--baseline <name>", "the source that WIN_RATE, and no other metric, compares with")
      .addOption(word("--split <split>", "prompts of this split", SPLITS, "TEST"))
      .addOption(
        word(
          "--pool <pool>",
          "REWARD_ACCURACY: votes of labelers of this pool only",
          LABELER_POOLS,
          "TRAINING and HELD_OUT",
        ),
      )
      .option("--max-prompts <n>", "at most so many prompts, the oldest first, 1 to 100000 (default: all)", whole)
      .option(
        "--temperature <x>",
        "what the logits of the model's responses are divided by: 0.01 to 10, or 0 for the likeliest token (default: 1)",
        real,
      )
      .option(
        "--max-tokens <n>",
        "tokens of a response of the model at most, 1 to the window less 1 (default: half of it)",
        whole,
      )
      .option("--seed <n>", "equal seeds give equal figures, -2147483648 to 2147483647 (default: 0)", whole),
  ).action((slug, options) => evaluate(client(), slug, options));
  accord
    .command("jobs")
    .description("the latest jobs")
    .addOption(word("--status <status>", "with this status only", JOB_STATUSES))
    .addOption(word("--kind <kind>", "of this kind only", JOB_KINDS))
    .addOption(word("--lane <lane>", "of this lane only", JOB_LANES))
    .option("--first <n>", "how many, at most 200", whole, 20)
    .option(...json)
    .action((options) => showJobs(client(), options));
  accord
    .command("job")
    .description("one job; --follow shows it live to its end")
    .argument("<id>")
    .option("-f, --follow", "a live bar and the loss; with --json each point as a line of JSON")
    .option(...json)
    .action(async (id, options) => {
      if (!options.follow) return showJob(client(), id, options);
      printEnd(await followJob(client(), id, options), options.json);
    });
  accord
    .command("cancel")
    .description("cancel a job, and what waits for it; says what that was")
    .argument("<id>")
    .option(...json)
    .action((id, options) => cancelJobById(client(), id, options));
  accord
    .command("retry")
    .description("put a failed or cancelled job back into the queue, to go on from its last checkpoint, if it has one")
    .argument("<id>")
    .option("--other-environment", "also where its bits may differ")
    .option("--with-dependents", "with what was cancelled because it waited for it")
    .option(...json)
    .action((id, options) => retryJobById(client(), id, options));
  accord
    .command("delete-job")
    .description("delete a job that has ended, with its log, checkpoints and evaluation")
    .argument("<id>")
    .option(...json)
    .action((id, options) => deleteJobById(client(), id, options));
  accord
    .command("models")
    .description("the models")
    .option(...json)
    .action((options) => showModels(client(), options));
  const model = accord.command("model").description("export and import models in Hugging Face's layout");
  model
    .command("export")
    .description("write a model as a folder that transformers opens")
    .argument("<id>", "the model")
    .option("-o, --output <folder>", "what is made, which must not be there yet (default: the model's name)")
    .option("--native", "the model's own one file instead (default: Hugging Face's folder)")
    .option(...json)
    .action((id, options) => downloadModel(client(), id, options));
  model
    .command("import")
    .description("send a folder with a GPT-2 to the server: config.json, model.safetensors and a tokenizer")
    .argument("<folder>")
    .option("--name <name>", "the name of the model, 1 to 200 characters (default: the folder's)")
    .option(...json)
    .action((folder, options) => sendModel(client(), folder, options));
  accord
    .command("query")
    .description("send a GraphQL operation and print the answer")
    .argument("[file]", "a file, or - for standard input")
    .option("-e, --execute <text>", "the operation itself")
    .option("--variables <json>", "its variables")
    .option("--json", "print JSON (it always does)")
    .action((file, options) => runQuery(client(), file, options));
  accord
    .command("demo")
    .description("walk through everything on the sample dataset, in a data directory of its own")
    .option("--exit", "end when the walk is done instead of serving on")
    .option("--port <n>", "the port (default: PORT, else a free one from 4000 on)", whole)
    .action(async (options) => (await import("./commands/demo.js")).runDemo(process.env, options));
  return accord;
}

/** commander calls process.exit itself unless every command is told not to. */
function throwing(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) throwing(child as Command);
  return command;
}

watchPipes();
try {
  await throwing(program()).parseAsync();
} catch (error) {
  process.exitCode = statusOf(error);
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG;
  if (error instanceof ConfigError || error instanceof WrongUsage) {
    process.stderr.write(`${error.message}\n`);
    return WRONG;
  }
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`);
    return REFUSED;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return REFUSED;
}
