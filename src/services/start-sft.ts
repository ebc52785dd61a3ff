import { AppError, notFound } from "../errors.js";
import { type ArchitectureInput, resolveArchitecture } from "../training/config/architecture.js";
import {
  affordableThreads,
  checkpointDiskBytes,
  modelDiskBytes,
  trainingMemoryBytes,
} from "../training/config/estimates.js";
import { parameterCount } from "../training/config/model-shape.js";
import { resolveSft } from "../training/config/sft.js";
import type { ModelStage, Recipe, Split } from "../vocabulary.js";
import type { Context } from "./context.js";
import { localId } from "./global-id.js";
import { checkDisk, checkExactlyOne, checkModelName, type JobOrder, prepared, queueJob } from "./queue-job.js";
import { runChange } from "./run-change.js";
import { splitSizes } from "./split-sizes.js";
import { takeModel, type WishedModel } from "./take-model.js";
import { requireDataset, requireRole } from "./visibility.js";

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
  readonly recipe: Recipe;
  readonly seed: number;
  readonly idempotencyKey?: string | null;
}

const MUTATION = "startSft";
const ROLES = ["ADMIN", "CLIENT"] as const;

/** A new checkpoint is written before the oldest of the two that are kept goes. */
const MOST_CHECKPOINTS = 3;

/** What supervised fine-tuning can begin from. */
const BASES: readonly ModelStage[] = ["PRETRAINED", "IMPORTED", "SFT"];

/**
 * Queues supervised fine-tuning (InstructGPT, section 3.5) on the demonstrations that a dataset has now. For an ADMIN, and
 * a CLIENT in its datasets. Refused: no or several things to begin from, a base that is no language model, settings
 * against their rules, a dataset without demonstrations in TRAIN (UNPROCESSABLE), more memory or disk than there is.
 * @returns the job's number
 */
export async function startSft(context: Context, input: StartSft): Promise<string> {
  requireRole(context.viewer, ...ROLES);
  const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
  requireDataset(context.viewer, datasetId);
  const check = () => {
    checkModelName(input.name);
    const { baseModelId, baseJobId, architecture } = input;
    checkExactlyOne({ baseModelId, baseJobId, architecture });
  };
  const order = await prepared(() => prepare(context, datasetId, input));
  return runChange(context, { mutation: MUTATION, input, roles: ROLES, check }, (change) => queueJob(change, order()));
}

async function prepare(context: Context, datasetId: string, input: StartSft): Promise<JobOrder> {
  const { database, loaders, directory } = context;
  const dataset = await loaders.dataset.load(datasetId);
  if (!dataset) throw notFound("The dataset");
  const { revision } = dataset;
  const base = await baseOf(context, input);
  const sizes = (await splitSizes(database, datasetId, revision)).filter(({ stage }) => stage === "SFT");
  const examplesOf = (split: Split) => sizes.reduce((sum, size) => sum + (size.split === split ? size.examples : 0), 0);
  const trainExamples = examplesOf("TRAIN");
  if (trainExamples === 0) throw nothingToTrainOn(sizes.length > 0);
  const { architecture } = base;
  const { JOB_MEMORY_BYTES: memoryBytes, JOB_THREADS } = context.config;
  const validationExamples = examplesOf("VALIDATION");
  const config = resolveSft(input, { trainExamples, validationExamples, architecture, memoryBytes });
  const threads = affordableThreads(architecture, { batchSize: config.batchSize, threads: JOB_THREADS }, memoryBytes);
  const estimates = {
    parameterCount: parameterCount(architecture),
    memoryBytes: trainingMemoryBytes(architecture, { batchSize: config.batchSize, threads }),
    diskBytes: modelDiskBytes(architecture) + MOST_CHECKPOINTS * checkpointDiskBytes(architecture),
  };
  checkDisk(directory, estimates.diskBytes);
  return {
    mutation: MUTATION,
    kind: "SFT",
    name: input.name ?? null,
    datasetId,
    revision,
    config: { ...config, estimates, ...base.names },
    totalSteps: config.steps,
    dependsOn: base.dependsOn,
    models: base.models,
  };
}

/** What the training begins from: nothing but an architecture, a model, or the model that a job will make. */
async function baseOf(
  context: Context,
  { baseModelId, baseJobId, architecture }: StartSft,
): Promise<Omit<WishedModel, "record" | "maker">> {
  if (architecture == null) {
    const use = "supervised fine-tuning begins from";
    const [model, job] = [["baseModelId", baseModelId] as const, ["baseJobId", baseJobId] as const];
    return takeModel(context, { role: "base", use, model, job, stages: BASES });
  }
  const { JOB_MEMORY_BYTES } = context.config;
  const resolved = resolveArchitecture(architecture, "input.architecture", JOB_MEMORY_BYTES);
  return { architecture: resolved, names: {}, dependsOn: [], models: [] };
}

const nothingToTrainOn = (hasExamples: boolean): AppError =>
  new AppError(
    "UNPROCESSABLE",
    hasExamples
      ? "No demonstration by a TRAINING labeler is in the split TRAIN of this dataset; there must be one to train on. Do the labelers belong to the pool TRAINING?"
      : "No prompt of this dataset with demonstrations has a split; assign splits first (assignSplits), or import demonstrations.",
    "input.datasetId",
  );
