import { votesOf } from "../../../datasets/records/votes.js";
import { rankingsNotTrainable } from "../../../entities/queries/prompts/reasons-not-trainable.js";
import { rewardPrompts } from "../../../entities/queries/training/reward-prompts.js";
import { AppError } from "../../../errors.js";
import { cutVotes, MOST_IN_ELEMENT } from "../../../training/config/reward-elements.js";
import { NO_COMPARISON, resolveRewardModel } from "../../../training/config/reward-model.js";
import type { ModelStage, Recipe } from "../../../vocabulary.js";
import type { Context } from "../../request/context.js";
import { checkModelName } from "../queue-job.js";
import { notTrainableSentence } from "./reasons-not-trainable.js";
import { type FrozenDataset, startJob } from "./start-job.js";
import { takeModel } from "./take-model.js";
import { estimateTraining } from "./training-estimates.js";

export interface StartRewardModel {
  readonly datasetId: string;
  readonly name?: string | null;
  readonly sftModelId?: string | null;
  readonly sftJobId?: string | null;
  readonly epochs?: number | null;
  readonly batchPrompts?: number | null;
  readonly learningRate?: number | null;
  readonly dropout?: number | null;
  readonly weightDecay?: number | null;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly idempotencyKey?: string | null;
}

/** What a reward model can be made of. */
const BASES: readonly ModelStage[] = ["SFT", "PRETRAINED", "IMPORTED"];
/** Prompts read at once: one may have thousands of rankings. */
const PAGE = 50;

/**
 * Queues the training of a reward model (InstructGPT, section 3.5) on the rankings of a dataset by TRAINING labelers.
 * Refused: none or both of model and job, a base that is no language model, settings against their rules, a dataset without
 * a strict comparison in TRAIN (UNPROCESSABLE), more memory or disk than there is.
 * @returns the job's number
 */
export function startRewardModel(context: Context, input: StartRewardModel): Promise<string> {
  return startJob(context, {
    mutation: "startRewardModel",
    input,
    check: () => checkModelName(input.name),
    prepare: async (dataset) => {
      const base = await takeModel(context, {
        role: "base",
        use: "a reward model is made of",
        model: ["sftModelId", input.sftModelId],
        job: ["sftJobId", input.sftJobId],
        stages: BASES,
      });
      const { architecture } = base;
      const elements = await countElements(context, dataset);
      if (elements.trainElements === 0) throw await nothingToCompareIn(context, dataset);
      const facts = {
        ...elements,
        architecture,
        memoryBytes: context.config.JOB_MEMORY_BYTES,
      };
      const config = resolveRewardModel(input, facts);
      const need = { batchSize: config.batchSize, sequencesEach: MOST_IN_ELEMENT };
      const estimates = estimateTraining(context, config.architecture, need);
      return {
        kind: "RM",
        name: input.name ?? null,
        config: { ...config, estimates, ...base.names },
        totalSteps: config.steps,
        dependsOn: base.dependsOn,
        models: base.models,
      };
    },
  });
}

/** Why there is no comparison to learn from. */
async function nothingToCompareIn({ database }: Context, { datasetId, revision }: FrozenDataset): Promise<AppError> {
  const hurdles = notTrainableSentence("rankings", await rankingsNotTrainable(database, datasetId, revision));
  return new AppError("UNPROCESSABLE", `${NO_COMPARISON} ${hurdles}`, "input.datasetId");
}

/** What there is to learn: elements of votes as the trainer cuts them, and the ties of TRAIN. */
async function countElements({ database }: Context, { datasetId, revision }: FrozenDataset) {
  const counts = { trainElements: 0, validationElements: 0, trainTies: 0 };
  for (let after = "0"; ; ) {
    const page = await rewardPrompts(database, datasetId, revision, after, PAGE);
    for (const { split, rankings, completions } of page) {
      const { votes, ties } = votesOf(rankings, completions);
      const elements = cutVotes(votes).length;
      if (split === "VALIDATION") counts.validationElements += elements;
      else {
        counts.trainElements += elements;
        counts.trainTies += ties;
      }
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return counts;
    after = last.rowId;
  }
}
