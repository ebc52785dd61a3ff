import { demonstrationsNotTrainable } from "../../../entities/queries/prompts/reasons-not-trainable.js";
import { AppError } from "../../../errors.js";
import type { ArchitectureInput } from "../../../training/config/architecture.js";
import { pretrainingRows, resolveSft } from "../../../training/config/sft.js";
import type { ModelStage, Recipe, Split } from "../../../vocabulary.js";
import type { Context } from "../../request/context.js";
import { splitSizes } from "../../statistics/split-sizes.js";
import { checkExactlyOne, checkModelName } from "../queue-job.js";
import { type WindowedArchitecture, withWindow } from "./auto-window.js";
import { pretrainingCorpus } from "./pretraining-corpus.js";
import { notTrainableSentence } from "./reasons-not-trainable.js";
import { type FrozenDataset, startJob } from "./start-job.js";
import { takeModel, type WishedModel } from "./take-model.js";
import { estimateTraining } from "./training-estimates.js";

export interface StartSft {
  readonly datasetId: string;
  readonly name?: string | null;
  readonly baseModelId?: string | null;
  readonly baseJobId?: string | null;
  readonly architecture?: ArchitectureInput | null;
  readonly epochs?: number | null;
  readonly batchSize?: number | null;
  readonly learningRate?: number | null;
  readonly dropout?: number | null;
  readonly pretrainingMix?: number | null;
  readonly pretrainingDatasetId?: string | null;
  readonly rewardModelId?: string | null;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly idempotencyKey?: string | null;
}

/** What supervised fine-tuning can begin from. */
const BASES: readonly ModelStage[] = ["PRETRAINED", "IMPORTED", "SFT"];

/**
 * Queues supervised fine-tuning (InstructGPT, section 3.5) on the demonstrations that a dataset has now. For an ADMIN, and
 * a CLIENT in its datasets. Refused: no or several things to begin from, a base that is no language model, settings
 * against their rules, a dataset without demonstrations in TRAIN (UNPROCESSABLE), more memory or disk than there is.
 * @returns the job's number
 */
export function startSft(context: Context, input: StartSft): Promise<string> {
  const check = () => {
    checkModelName(input.name);
    const { baseModelId, baseJobId, architecture } = input;
    checkExactlyOne({ baseModelId, baseJobId, architecture });
  };
  return startJob(context, {
    mutation: "startSft",
    input,
    check,
    prepare: (dataset) => prepare(context, dataset, input),
  });
}

async function prepare(context: Context, dataset: FrozenDataset, input: StartSft) {
  const base = await baseOf(context, dataset, input);
  const judge = await judgeOf(context, input.rewardModelId);
  const sizes = await splitSizes(context.database, dataset.datasetId, dataset.revision);
  const examples = sizes.filter(({ stage }) => stage === "SFT");
  const examplesOf = (split: Split) => examples.reduce((sum, one) => sum + (one.split === split ? one.examples : 0), 0);
  const trainExamples = examplesOf("TRAIN");
  if (trainExamples === 0) throw await nothingToTrainOn(context, dataset);
  const corpus = await pretrainingCorpus(context, dataset, input, ["pretrainingMix", input.pretrainingMix]);
  const { architecture } = base;
  const config = resolveSft(input, {
    trainExamples,
    validationExamples: examplesOf("VALIDATION"),
    pretrainingDocuments: corpus.documents,
    rewardModel: judge?.architecture ?? null,
    architecture,
    memoryBytes: context.config.JOB_MEMORY_BYTES,
  });
  const batchSize = config.batchSize + Math.ceil(pretrainingRows(config));
  const estimates = estimateTraining(context, architecture, { batchSize });
  return {
    kind: "SFT" as const,
    name: input.name ?? null,
    config: {
      ...config,
      reasons: { ...config.reasons, ...base.reasons },
      estimates,
      ...base.names,
      ...judge?.names,
      ...corpus.names,
    },
    totalSteps: config.steps,
    dependsOn: base.dependsOn,
    models: [...base.models, ...(judge?.models ?? [])],
  };
}

/** The reward model that is to choose among the parameters, where one is named. */
async function judgeOf(context: Context, rewardModelId: string | null | undefined): Promise<WishedModel | null> {
  if (rewardModelId == null) return null;
  const use = "parameters are chosen by";
  return takeModel(context, { role: "judge", use, model: ["rewardModelId", rewardModelId], stages: ["REWARD"] });
}

/** What the training begins from: nothing but an architecture, a model, or the model that a job will make. */
async function baseOf(
  context: Context,
  dataset: FrozenDataset,
  { baseModelId, baseJobId, architecture, batchSize }: StartSft,
): Promise<Omit<WishedModel, "record" | "maker"> & Partial<WindowedArchitecture>> {
  if (architecture == null) {
    const use = "supervised fine-tuning begins from";
    const [model, job] = [["baseModelId", baseModelId] as const, ["baseJobId", baseJobId] as const];
    return takeModel(context, { role: "base", use, model, job, stages: BASES });
  }
  const windowed = await withWindow(context, dataset, architecture, "SFT", batchSize);
  return { ...windowed, names: {}, dependsOn: [], models: [] };
}

/** Why there is no demonstration to learn from. */
async function nothingToTrainOn({ database }: Context, { datasetId, revision }: FrozenDataset): Promise<AppError> {
  const hurdles = notTrainableSentence(
    "demonstrations",
    await demonstrationsNotTrainable(database, datasetId, revision),
  );
  return new AppError(
    "UNPROCESSABLE",
    `No demonstration by a TRAINING labeler is in the split TRAIN of this dataset; there must be one to train on. ${hurdles}`,
    "input.datasetId",
  );
}
