import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import { rowsOfStep } from "../../../src/training/shards/batches.js";
import { writeCheckpoint } from "../../../src/training/files/checkpoint.js";
import { elementsOf, makeComparisonBatch } from "../../../src/training/shards/comparisons.js";
import type { RewardModelConfig } from "../../../src/training/config/reward-model.js";
import { writeModel } from "../../../src/training/files/model-file.js";
import { AdamW } from "../../../src/training/optimization/optimizer.js";
import { initialise, parametersOf, totalSize } from "../../../src/training/model/parameters.js";
import type { RewardPrompt } from "../../../src/training/config/prompts.js";
import { trainRewardModel } from "../../../src/training/trainers/reward-model.js";
import { ScoredTexts } from "../../../src/training/text/text-layout.js";
import { collect, newValues, valuesOf } from "../support.js";
import { gradientOf } from "./gradient.js";
import { type CaseSize, type Described, describedGradient, read } from "./trajectory.js";

export interface RewardTrajectory {
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly gradientNorms: readonly number[];
  /** Of the first step. */
  readonly gradient: Described;
}

interface RewardCase {
  readonly prompts: { count: number; text: string; completions: string[]; votes: [number, number][][] };
  readonly config: RewardModelConfig;
  readonly headDeviation: number;
}

/** A reward model as test/golden/rm.py trains it, with a head that is not 0. */
export async function rewardTrajectory(backend: Backend, size: CaseSize): Promise<RewardTrajectory> {
  const { prompts: form, config, headDeviation } = read<RewardCase>(`rm${size}-case`);
  const { architecture } = config;
  const prompts = Array.from({ length: form.count }, (_, n) => promptOf(form, n));
  const parameters = parametersOf(architecture).map((parameter) =>
    parameter.name === "score.weight" ? { ...parameter, start: { deviation: headDeviation } } : parameter,
  );
  const values = new Float32Array(totalSize(parameters));
  initialise(values, parameters, config.seed);
  const { head: _, ...languageModel } = architecture;
  const base = { architecture: languageModel, tokenizer: byteTokenizer, values: newValues(languageModel) };
  // A checkpoint before the first step, for a new head would be 0.
  const state = { step: 0, points: 0, tokens: 0, best: null };
  const arrays = { values, optimizer: new AdamW(parameters, config), bestValues: values };
  const { events, error } = await collect(
    trainRewardModel({
      backend,
      config,
      prompts,
      base: writeModel({ stage: "SFT", ...base }),
      checkpoint: writeCheckpoint(config, { architecture, tokenizer: byteTokenizer }, state, arrays, parameters),
      threads: 1,
      signal: new AbortController().signal,
      now: () => 0,
    }),
  );
  if (error) throw error;
  const texts = new ScoredTexts(byteTokenizer, architecture.contextLength);
  const elements = prompts.flatMap((prompt) => elementsOf(prompt, (responses) => texts.layOut(prompt, responses)));
  const batch = makeComparisonBatch(rowsOfStep(elements, config, 0));
  return {
    losses: valuesOf(events, "train/loss"),
    accuracies: valuesOf(events, "train/accuracy"),
    gradientNorms: valuesOf(events, "train/grad_norm"),
    gradient: describedGradient(gradientOf(backend, architecture, values, batch), parameters),
  };
}

function promptOf({ text, completions, votes }: RewardCase["prompts"], n: number): RewardPrompt {
  const fill = (form: string) => form.replace("{n}", String(n));
  return {
    id: `p${n}`,
    split: "TRAIN",
    text: fill(text),
    fewShot: [],
    completions: completions.map((form, place) => ({ id: `c${place}`, text: fill(form) })),
    votes: (votes[n % votes.length] as [number, number][]).map(([winner, loser]) => ["w", winner, loser]),
    ties: 0,
    demonstrations: [fill("{n}")],
  };
}
