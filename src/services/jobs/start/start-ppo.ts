import type { PromptFilterValues } from "../../../entities/queries/prompts/prompt-filter.js";
import { countPpoPrompts } from "../../../entities/queries/training/ppo-prompts.js";
import { NOTHING_TO_ANSWER, resolvePpo } from "../../../training/config/ppo.js";
import type { PpoInput } from "../../../training/config/ppo-choices.js";
import { affordablePpoThreads, ppoMemoryBytes } from "../../../training/config/ppo-memory.js";
import type { ModelStage } from "../../../vocabulary.js";
import { checkPromptFilter } from "../../reads/prompt-list.js";
import type { Context } from "../../request/context.js";
import { checkModelName } from "../queue-job.js";
import { pretrainingCorpus } from "./pretraining-corpus.js";
import { emptySplit } from "./reasons-not-trainable.js";
import { checkTokenizers } from "./same-tokenizer.js";
import { startJob } from "./start-job.js";
import { takeModel } from "./take-model.js";
import { withDisk } from "./training-estimates.js";

export interface StartPpo extends PpoInput {
  readonly datasetId: string;
  readonly name?: string | null;
  readonly sftModelId?: string | null;
  readonly sftJobId?: string | null;
  readonly rewardModelId?: string | null;
  readonly rewardModelJobId?: string | null;
  readonly promptFilter?: PromptFilterValues | null;
  readonly pretrainingDatasetId?: string | null;
  readonly idempotencyKey?: string | null;
}

/** What a policy can begin as. */
const BASES: readonly ModelStage[] = ["SFT", "PRETRAINED", "IMPORTED", "POLICY"];
/** The prompts that are answered where none are named. */
const STAGE: PromptFilterValues = { stages: ["PPO"] };

/**
 * Queues PPO (InstructGPT, section 3.5) against a reward model, on prompts of a dataset; with a coefficient of the
 * pretraining loss PPO-ptx. Refused: none or both of a model and its job, models of the wrong stage or of different
 * tokenizers (where a job is yet to make one, the job refuses it at its start), settings against their rules, no prompt of TRAIN that the filter selects (UNPROCESSABLE), more memory or disk
 * than there is.
 * @returns the job's number
 */
export function startPpo(context: Context, input: StartPpo): Promise<string> {
  const { JOB_MEMORY_BYTES: memoryBytes, JOB_THREADS: threads } = context.config;
  return startJob(context, {
    mutation: "startPpo",
    input,
    check: () => {
      checkModelName(input.name);
      checkPromptFilter(input.promptFilter ?? {}, "input.promptFilter.");
    },
    prepare: async (dataset) => {
      const policy = await takeModel(context, {
        role: "policy",
        use: "PPO begins from",
        model: ["sftModelId", input.sftModelId],
        job: ["sftJobId", input.sftJobId],
        stages: BASES,
      });
      const reward = await takeModel(context, {
        role: "reward",
        use: "PPO is judged by",
        model: ["rewardModelId", input.rewardModelId],
        job: ["rewardModelJobId", input.rewardModelJobId],
        stages: ["REWARD"],
      });
      await checkTokenizers(context, policy, reward);
      const promptFilter = input.promptFilter ?? STAGE;
      const { datasetId, revision } = dataset;
      const prompts = await countPpoPrompts(context.database, { datasetId, asOf: revision, filter: promptFilter });
      if (prompts.train === 0)
        throw await emptySplit(context.database, dataset, NOTHING_TO_ANSWER, "input.promptFilter");
      const corpus = await pretrainingCorpus(context, dataset, input, ["ptxCoefficient", input.ptxCoefficient]);
      const config = resolvePpo(input, {
        trainPrompts: prompts.train,
        validationPrompts: prompts.validation,
        pretrainingDocuments: corpus.documents,
        architecture: policy.architecture,
        rewardArchitecture: reward.architecture,
        memoryBytes,
      });
      const { architecture, rewardArchitecture } = config;
      const memory = ppoMemoryBytes({ ...config, threads: affordablePpoThreads({ ...config, threads }, memoryBytes) });
      const estimates = withDisk(context, [architecture, rewardArchitecture], memory);
      return {
        kind: "PPO",
        name: input.name ?? null,
        config: { ...config, estimates, ...policy.names, ...reward.names, promptFilter, ...corpus.names },
        totalSteps: config.iterations,
        dependsOn: [...policy.dependsOn, ...reward.dependsOn],
        models: [...policy.models, ...reward.models],
      };
    },
  });
}
