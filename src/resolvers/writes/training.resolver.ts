import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { JobRecord } from "../../entities/queries/jobs/jobs.js";
import { SftInputType } from "../../schema/inputs/job-inputs.js";
import { PpoInputType, PretrainingInputType, RewardModelInputType } from "../../schema/inputs/training-inputs.js";
import { Job } from "../../schema/jobs/job.js";
import { startPpo } from "../../services/jobs/start/start-ppo.js";
import { startPretraining } from "../../services/jobs/start/start-pretraining.js";
import { startRewardModel } from "../../services/jobs/start/start-reward-model.js";
import { startSft } from "../../services/jobs/start/start-sft.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";

const WHAT = { description: "What is trained, on what, and how." } as const;

@Resolver()
export class TrainingResolver {
  @Mutation(() => Job, {
    description: "Queues the training of a new model on the text of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startPretraining(
    @Arg("input", () => PretrainingInputType, WHAT) input: PretrainingInputType,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startPretraining(context, input));
  }

  @Mutation(() => Job, {
    description: "Queues supervised fine-tuning on the demonstrations of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startSft(
    @Arg("input", () => SftInputType, WHAT) input: SftInputType,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startSft(context, input));
  }

  @Mutation(() => Job, {
    description:
      "Queues the training of a reward model on the rankings of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startRewardModel(
    @Arg("input", () => RewardModelInputType, WHAT) input: RewardModelInputType,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startRewardModel(context, input));
  }

  @Mutation(() => Job, {
    description: "Queues PPO against a reward model on prompts of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startPpo(
    @Arg("input", () => PpoInputType, WHAT) input: PpoInputType,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startPpo(context, input));
  }
}
