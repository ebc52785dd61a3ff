import { JobFailure } from "../errors.js";
import type { Backend } from "../training/backend.js";
import type { EvaluationConfig } from "../training/config/evaluation.js";
import type { GenerationConfig } from "../training/config/generation.js";
import type { PpoConfig } from "../training/config/ppo.js";
import type { PretrainingConfig } from "../training/config/pretraining.js";
import type {
  CorpusLine,
  EvaluationPrompt,
  PpoPrompt,
  PromptToAnswer,
  RewardPrompt,
  ScoringPrompt,
  TrainingPrompt,
} from "../training/config/prompts.js";
import type { RewardModelConfig } from "../training/config/reward-model.js";
import type { ScoringConfig } from "../training/config/scoring.js";
import type { SftConfig } from "../training/config/sft.js";
import { evaluateByModels } from "../training/evaluation/evaluate.js";
import type { Evaluating, Scoring, TensorFile, Training } from "../training/events/events.js";
import { trainPpo } from "../training/ppo/ppo.js";
import { generateCompletions } from "../training/sampling/generate.js";
import { scoreResponses } from "../training/shards/scoring.js";
import { pretrain } from "../training/trainers/pretraining.js";
import { trainRewardModel } from "../training/trainers/reward-model.js";
import { trainSft } from "../training/trainers/sft.js";
import type { JobKind } from "../vocabulary.js";

/** A state to go on from: the step it was made after, and how many points of the log came before. */
export interface Checkpoint {
  readonly step: number;
  readonly points: number;
  readonly file: TensorFile;
}

/** What a trainer gets, whatever it trains. */
interface TrainerParts {
  readonly backend: Backend;
  readonly threads: number;
  /** As its resolver in src/training/config/ made it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The lines of the frozen input, as src/jobs/input.ts wrote them. */
  readonly prompts: readonly unknown[];
  readonly models: ReadonlyMap<string, TensorFile>;
  readonly checkpoint: Checkpoint | null;
  readonly stepsDone: number;
  /** The fingerprint of what the bits of the backend depend on. */
  readonly environment: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** A job at work. */
export type RunningTrainer = Training | Scoring | Evaluating;

type Trainer = (parts: TrainerParts) => RunningTrainer;

const TRAINERS: Partial<Record<JobKind, Trainer>> = {
  PRETRAIN: ({ config, prompts, checkpoint, ...parts }) =>
    pretrain({
      ...parts,
      config: config as unknown as PretrainingConfig,
      prompts: prompts as readonly TrainingPrompt[],
      checkpoint: checkpoint?.file ?? null,
    }),
  SFT: ({ config, prompts, models, checkpoint, ...parts }) =>
    trainSft({
      ...parts,
      config: config as unknown as SftConfig,
      ...withCorpus<TrainingPrompt>(prompts),
      base: models.get("base") ?? null,
      rewardModel: models.get("judge") ?? null,
      checkpoint: checkpoint?.file ?? null,
    }),
  RM: ({ config, prompts, models, checkpoint, ...parts }) =>
    trainRewardModel({
      ...parts,
      config: config as unknown as RewardModelConfig,
      prompts: prompts as readonly RewardPrompt[],
      base: given(models, "base"),
      checkpoint: checkpoint?.file ?? null,
    }),
  PPO: ({ config, prompts: lines, models, checkpoint, ...parts }) => {
    const { prompts, corpus } = withCorpus<PpoPrompt>(lines);
    return trainPpo({
      ...parts,
      config: config as unknown as PpoConfig,
      prompts,
      pretraining: corpus,
      policy: given(models, "policy"),
      reward: given(models, "reward"),
      checkpoint: checkpoint?.file ?? null,
    });
  },
  GENERATION: ({ config, prompts, models, stepsDone, ...parts }) =>
    generateCompletions({
      ...parts,
      config: config as unknown as GenerationConfig,
      prompts: prompts as readonly PromptToAnswer[],
      model: given(models, "model"),
      fromPrompt: stepsDone,
    }),
  SCORING: ({ config, prompts, models, stepsDone, ...parts }) =>
    scoreResponses({
      ...parts,
      config: config as unknown as ScoringConfig,
      prompts: prompts as readonly ScoringPrompt[],
      model: given(models, "model"),
      fromPrompt: stepsDone,
    }),
  EVALUATION: ({ config, prompts, models, ...parts }) =>
    evaluateByModels({
      ...parts,
      config: config as unknown as EvaluationConfig,
      prompts: prompts as readonly EvaluationPrompt[],
      model: models.get("model") ?? null,
      judge: models.get("judge") ?? null,
      reference: models.get("reference") ?? null,
    }),
};

/** The trainer of a kind of job. */
export function trainerOf(kind: JobKind): Trainer {
  const trainer = TRAINERS[kind];
  if (!trainer) throw new JobFailure("TRAINER_FAILED", `This version of the server runs no jobs of kind ${kind}.`);
  return trainer;
}

/** The prompts of an input, and the pretraining text that stands behind them. */
function withCorpus<Prompt>(lines: readonly unknown[]): {
  readonly prompts: readonly Prompt[];
  readonly corpus: readonly TrainingPrompt[];
} {
  const isCorpus = (line: unknown): line is CorpusLine => "corpus" in (line as object);
  return {
    prompts: lines.filter((line) => !isCorpus(line)) as Prompt[],
    corpus: lines.filter(isCorpus).map(({ corpus }) => corpus),
  };
}

function given(models: ReadonlyMap<string, TensorFile>, role: string): TensorFile {
  const model = models.get(role);
  if (!model) throw new JobFailure("MODEL_DAMAGED", `The job has no model in the role ${role}.`);
  return model;
}
