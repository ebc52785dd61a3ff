import {
  affordableThreads,
  checkpointDiskBytes,
  modelDiskBytes,
  trainingMemoryBytes,
} from "../../../training/config/estimates.js";
import { type Architecture, parameterCount } from "../../../training/config/model-shape.js";
import type { Context } from "../../request/context.js";
import { checkDisk } from "../queue-job.js";

/** A new checkpoint is written before the oldest of the two that are kept goes. */
const MOST_CHECKPOINTS = 3;

/** What a job will need, as Job.config tells it. */
export interface JobEstimates {
  readonly parameterCount: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** What the training of one model needs, on as many threads as the memory suffices for. Refused: a disk that is too small. */
export function estimateTraining(
  context: Context,
  architecture: Architecture,
  need: { readonly batchSize: number; readonly sequencesEach?: number },
): JobEstimates {
  const { JOB_MEMORY_BYTES, JOB_THREADS } = context.config;
  const threads = affordableThreads(architecture, { ...need, threads: JOB_THREADS }, JOB_MEMORY_BYTES);
  return withDisk(context, [architecture], trainingMemoryBytes(architecture, { ...need, threads }));
}

/** The same of several models that are trained together; the first becomes the job's model. */
export function withDisk(
  { directory }: Context,
  architectures: readonly [Architecture, ...Architecture[]],
  memoryBytes: number,
): JobEstimates {
  const [made] = architectures;
  const checkpoint = architectures.reduce((sum, one) => sum + checkpointDiskBytes(one), 0);
  const diskBytes = modelDiskBytes(made) + MOST_CHECKPOINTS * checkpoint;
  checkDisk(directory, diskBytes);
  return { parameterCount: parameterCount(made), memoryBytes, diskBytes };
}
