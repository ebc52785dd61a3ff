import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { JobRecord } from "../entities/queries/jobs.js";
import { SftInput } from "../schema/inputs/job-inputs.js";
import { PpoInput, PretrainingInput, RewardModelInput } from "../schema/inputs/training-inputs.js";
import { Job } from "../schema/job.js";
import { changedThing } from "../services/changed-rows.js";
import type { Context } from "../services/context.js";
import { startPpo } from "../services/start-ppo.js";
import { startPretraining } from "../services/start-pretraining.js";
import { startRewardModel } from "../services/start-reward-model.js";
import { startSft } from "../services/start-sft.js";

const WHAT = { description: "What is trained, on what, and how." } as const;

@Resolver()
export class TrainingResolver {
  @Mutation(() => Job, {
    description: "Queues the training of a new model on the text of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startPretraining(
    @Arg("input", () => PretrainingInput, WHAT) input: PretrainingInput,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startPretraining(context, input));
  }

  @Mutation(() => Job, {
    description: "Queues supervised fine-tuning on the demonstrations of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startSft(@Arg("input", () => SftInput, WHAT) input: SftInput, @Ctx() context: Context): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startSft(context, input));
  }

  @Mutation(() => Job, {
    description:
      "Queues the training of a reward model on the rankings of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startRewardModel(
    @Arg("input", () => RewardModelInput, WHAT) input: RewardModelInput,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startRewardModel(context, input));
  }

  @Mutation(() => Job, {
    description: "Queues PPO against a reward model on prompts of a dataset. ADMIN, and CLIENT in its datasets.",
  })
  async startPpo(@Arg("input", () => PpoInput, WHAT) input: PpoInput, @Ctx() context: Context): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await startPpo(context, input));
  }
}
