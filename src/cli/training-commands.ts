/** The commands that begin jobs. */
import { type Command, Option } from "commander";
import { EVALUATION_METRICS, LABELER_POOLS, RECIPES, SPLITS, TOKENIZER_KINDS } from "../vocabulary.js";
import { evaluate, startScoring } from "./commands/evaluate.js";
import { fineTune, startGeneration, trainFromScratch, trainPolicy, trainRewardModelOn } from "./commands/train.js";
import type { Client } from "./server/client.js";
import { knownWords } from "./terminal/option-values.js";
import { json, real, whole, word } from "./terminal/options.js";

export function addTrainingCommands(accord: Command, client: () => Client): void {
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
}
