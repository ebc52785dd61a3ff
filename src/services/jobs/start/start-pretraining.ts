import { corpusSizes } from "../../../entities/queries/training/corpus-prompts.js";
import type { ArchitectureInput } from "../../../training/config/architecture.js";
import { NOTHING_TO_READ, resolvePretraining } from "../../../training/config/pretraining.js";
import type { Recipe } from "../../../vocabulary.js";
import type { Context } from "../../request/context.js";
import { checkModelName } from "../queue-job.js";
import { withWindow } from "./auto-window.js";
import { emptySplit } from "./reasons-not-trainable.js";
import { startJob } from "./start-job.js";
import { estimateTraining } from "./training-estimates.js";

export interface StartPretraining {
  readonly datasetId: string;
  readonly name?: string | null;
  readonly architecture: ArchitectureInput;
  readonly steps?: number | null;
  readonly batchSize?: number | null;
  readonly learningRate?: number | null;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly idempotencyKey?: string | null;
}

/**
 * Queues the training of a new model on the text of a dataset: prompts that are not excluded, and their demonstrations.
 * Refused: settings against their rules, a dataset without a prompt in TRAIN (UNPROCESSABLE), more memory or disk than there is.
 * @returns the job's number
 */
export function startPretraining(context: Context, input: StartPretraining): Promise<string> {
  const { JOB_MEMORY_BYTES: memoryBytes } = context.config;
  return startJob(context, {
    mutation: "startPretraining",
    input,
    check: () => checkModelName(input.name),
    prepare: async (dataset) => {
      const { datasetId, revision } = dataset;
      const windowed = await withWindow(context, dataset, input.architecture, "CORPUS", input.batchSize);
      const { architecture } = windowed;
      const sizes = await corpusSizes(context.database, datasetId, revision);
      const [train, validation] = ["TRAIN", "VALIDATION"].map((split) => sizes.find((size) => size.split === split));
      if (!train) throw await emptySplit(context.database, { datasetId, revision }, NOTHING_TO_READ, "input.datasetId");
      const config = resolvePretraining(input, {
        trainDocuments: train?.documents ?? 0,
        trainBytes: train?.bytes ?? 0,
        validationDocuments: validation?.documents ?? 0,
        architecture,
        memoryBytes,
      });
      const estimates = estimateTraining(context, architecture, { batchSize: config.batchSize });
      return {
        kind: "PRETRAIN",
        name: input.name ?? null,
        config: { ...config, reasons: { ...config.reasons, ...windowed.reasons }, estimates },
        totalSteps: config.steps,
      };
    },
  });
}
